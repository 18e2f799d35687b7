/* Generated from daseCV/kernels_tile.h by "dasecv release". */
/* One tile's kernel; `kernels_template.h` defines FILTERS and PLACES and includes this for each tile.
 */

/* Forward, and the data gradient. For each filter f and output pixel:
 *
 *     out[f][pixel] = bias[f] + sum over taps t of weights[t][f] * input[place of pixel + t]
 *
 * This innermost part sums for a tile of FILTERS filters and PLACES vectors of pixels, all of it in
 * registers, and writes filter g's vector v to out[g * filter_step + to[v]]. A tap costs PLACES vectors
 * and FILTERS single weights to read for FILTERS * PLACES multiply-adds: for 4 x 6 with AVX-512 and
 * float, 2 * 24 * 16 operations for 6 * 64 + 4 * 4 bytes of first-level cache, so arithmetic is the
 * limit, not memory. Beside the sums, registers hold the fewer of weights and inputs, and one of the
 * others. */
TARGET __attribute__((noinline)) static void NAME(TILE_NAME(FILTERS, PLACES))(
    const TYPE *const *from, const ptrdiff_t *tap, ptrdiff_t taps, const TYPE *weights, TYPE *out,
    const ptrdiff_t *to, ptrdiff_t filter_step) {
    VEC sum[FILTERS][PLACES];
#pragma GCC unroll 8
    for (int g = 0; g < FILTERS; g++)
#pragma GCC unroll 8
        for (int v = 0; v < PLACES; v++) sum[g][v] = weights[g] - (VEC){0}; /* the bias, in each lane */
    for (ptrdiff_t t = 0; t < taps; t++) {
        const ptrdiff_t at = tap[t];
        weights += FILTERS;
        if (FILTERS > PLACES) {
            VEC input[PLACES];
#pragma GCC unroll 8
            for (int v = 0; v < PLACES; v++) input[v] = LOAD(from[v] + at);
#pragma GCC unroll 8
            for (int g = 0; g < FILTERS; g++)
#pragma GCC unroll 8
                for (int v = 0; v < PLACES; v++) sum[g][v] += weights[g] * input[v];
        } else {
#pragma GCC unroll 8
            for (int v = 0; v < PLACES; v++) {
                const VEC input = LOAD(from[v] + at);
#pragma GCC unroll 8
                for (int g = 0; g < FILTERS; g++) sum[g][v] += weights[g] * input;
            }
        }
    }
#pragma GCC unroll 8
    for (int g = 0; g < FILTERS; g++)
#pragma GCC unroll 8
        for (int v = 0; v < PLACES; v++) *(VEC *)(out + g * filter_step + to[v]) = sum[g][v];
}

#undef FILTERS
#undef PLACES
