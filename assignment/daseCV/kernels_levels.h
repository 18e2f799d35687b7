/* Generated from daseCV/kernels_levels.h by "dasecv release". */
/* The template for both types at one level; `kernels.c` defines LEVEL, VECTOR_BYTES, REGISTERS, TARGET.
 *
 * Tiles (filters, vectors of pixels) keep all their sums in registers, and what they read beside them.
 * Three filters are there for images of three channels, whose gradient is a sum for three.
 */

#if REGISTERS == 32
#define TILES(TILE) TILE(4, 6) TILE(4, 4) TILE(3, 8)
#define MOST_FILTERS 4
#define MOST_PLACES 8
#define DW_FILTERS 4
#define DW_TAPS 6
#else
#define TILES(TILE) TILE(3, 4)
#define MOST_FILTERS 3
#define MOST_PLACES 4
#define DW_FILTERS 3
#define DW_TAPS 4
#endif

#define TYPE float
#include "kernels_template.h"
#undef TYPE

#define TYPE double
#include "kernels_template.h"
#undef TYPE

#undef LEVEL
#undef VECTOR_BYTES
#undef REGISTERS
#undef TARGET
#undef TILES
#undef MOST_FILTERS
#undef MOST_PLACES
#undef DW_FILTERS
#undef DW_TAPS
