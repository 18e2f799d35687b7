/* The template for both types at one level; `kernels.c` defines LEVEL, VECTOR_BYTES, 
 * FILTERS, PLACES, TARGET. */

#define TYPE float
#include "kernels_template.h"
#undef TYPE

#define TYPE double
#include "kernels_template.h"
#undef TYPE

#undef LEVEL
#undef VECTOR_BYTES
#undef FILTERS
#undef PLACES
#undef TARGET
