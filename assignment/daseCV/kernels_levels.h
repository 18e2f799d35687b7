/* Generated from daseCV/kernels_levels.h by "dasecv release". */
/* The template for both types at one level; `kernels.c` defines LEVEL, VECTOR_BYTES, REGISTERS, TARGET.
 */

#if REGISTERS == 32
#define MOST_FILTERS 4
#define MOST_PLACES 8
#define DW_FILTERS 4
#define DW_TAPS 6
#else
#define MOST_FILTERS 4
#define MOST_PLACES 4
#define DW_FILTERS 4
#define DW_TAPS 3
#endif

#define TYPE float
#define BYTES 4
#include "kernels_template.h"
#undef TYPE
#undef BYTES

#define TYPE double
#define BYTES 8
#include "kernels_template.h"
#undef TYPE
#undef BYTES

#undef LEVEL
#undef VECTOR_BYTES
#undef REGISTERS
#undef TARGET
#undef MOST_FILTERS
#undef MOST_PLACES
#undef DW_FILTERS
#undef DW_TAPS
