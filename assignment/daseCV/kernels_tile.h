/* Generated from daseCV/kernels_tile.h by "dasecv release". */
/* One tile's kernel; `kernels_template.h` defines FILTERS and PLACES and includes this for each tile.
 */

/* Forward, and the data gradient. For each filter f and output pixel:
 *
 *     out[f][pixel] = bias[f] + sum over taps t of weights[t][f] * input[place of pixel + t]
 *
 * This innermost part sums for a tile of FILTERS filters and PLACES vectors of pixels, all of it in
 * registers. A tap costs PLACES vectors and FILTERS single weights to read for FILTERS * PLACES
 * multiply-adds: for 4 x 6 with AVX-512 and float, 2 * 24 * 16 operations for 6 * 64 + 4 * 4 bytes of
 * first-level cache, so arithmetic is the limit, not memory. */
TARGET __attribute__((noinline)) static void NAME(TILE_NAME(FILTERS, PLACES))(
    const TYPE *buffer, const ptrdiff_t *place, const ptrdiff_t *tap, ptrdiff_t taps,
    const TYPE *weights, VEC *sums) {
    VEC sum[FILTERS][PLACES];
#pragma GCC unroll 8
    for (int g = 0; g < FILTERS; g++)
#pragma GCC unroll 8
        for (int v = 0; v < PLACES; v++) sum[g][v] = (VEC){0};
    for (ptrdiff_t t = 0; t < taps; t++, weights += FILTERS) {
        const TYPE *at = buffer + tap[t];
#pragma GCC unroll 8
        for (int v = 0; v < PLACES; v++) {
            const VEC input = LOAD(at + place[v]);
#pragma GCC unroll 8
            for (int g = 0; g < FILTERS; g++) sum[g][v] += weights[g] * input;
        }
    }
#pragma GCC unroll 8
    for (int g = 0; g < FILTERS; g++)
#pragma GCC unroll 8
        for (int v = 0; v < PLACES; v++) sums[g * PLACES + v] = sum[g][v];
}

#undef FILTERS
#undef PLACES
