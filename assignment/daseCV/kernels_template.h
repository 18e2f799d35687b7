/* Generated from daseCV/kernels_template.h by "dasecv release". */
/* The kernels for one TYPE at one LEVEL of vector instructions; see `kernels.c` for the words.
 *
 * LANES numbers make a vector. A vector of output pixels starts at a "place" of the padded image; a
 * "tap" is how far from there the input of one weight (c, k, l) lies. So the input of any pixel and
 * any weight is at place + tap, and all three kernels of the convolution are loops over both.
 */

#define LANES (VECTOR_BYTES / BYTES)
#define VEC NAME(vec)
#define PART NAME(part)
#define LOAD(pointer) (*(const VEC *)(pointer))

/* Aligned as one number, since places are anywhere. */
typedef TYPE VEC __attribute__((vector_size(VECTOR_BYTES), aligned(sizeof(TYPE)), may_alias));

typedef TYPE PART __attribute__((vector_size(16), aligned(sizeof(TYPE)), may_alias));

/* Numbers that are neighbours in memory are sorted apart, the even from the odd, within each 16 bytes,
 * where that costs one instruction: what is picked from two vectors for 16 bytes, numbered p. */
#if VECTOR_BYTES == 64
#define EACH(pick) pick(0), pick(1), pick(2), pick(3)
#elif VECTOR_BYTES == 32
#define EACH(pick) pick(0), pick(1)
#else
#define EACH(pick) pick(0)
#endif
#if BYTES == 4
#define MASK_TYPE int32_t
#define EVEN(p) 4 * p, 4 * p + 2, LANES + 4 * p, LANES + 4 * p + 2
#define ODD(p) 4 * p + 1, 4 * p + 3, LANES + 4 * p + 1, LANES + 4 * p + 3
#else
#define MASK_TYPE int64_t
#define EVEN(p) 2 * p, LANES + 2 * p
#define ODD(p) 2 * p + 1, LANES + 2 * p + 1
#endif
#define MASK NAME(mask)
typedef MASK_TYPE MASK __attribute__((vector_size(VECTOR_BYTES)));

/* Some rows of one image: its padded copy, and the gradient of its output. */
typedef struct {
    const TYPE *input, *dout;
    ptrdiff_t vectors; /* of output pixels */
} NAME(Band);

/* to[i] = from[i * step] */
TARGET static inline void NAME(copy)(TYPE *to, const TYPE *from, ptrdiff_t count, ptrdiff_t step) {
    if (step == 1 && count >= LANES) { /* whole vectors, the last of them over its neighbour */
        for (ptrdiff_t i = 0; i < count - LANES; i += LANES) *(VEC *)(to + i) = LOAD(from + i);
        *(VEC *)(to + count - LANES) = LOAD(from + count - LANES);
    } else if (step == 2) { /* the compiler makes vectors of this one */
        for (ptrdiff_t i = 0; i < count; i++) to[i] = from[i * 2];
    } else {
        for (ptrdiff_t i = 0; i < count; i++) to[i] = from[i * step];
    }
}

/* buffer[c][row][rest][q] = image[c][first + row - top][q * stride + rest - left], 0 outside. The
 * zeros beside the image are in `buffer` from the start and stay. */
TARGET static void NAME(pad)(const TYPE *image, TYPE *buffer, ptrdiff_t first, const Padded *p) {
    for (ptrdiff_t rest = 0; rest < p->stride; rest++) {
        /* q * stride + rest - left runs over 0 .. width - 1, from the column x on */
        const ptrdiff_t shift = rest - p->left;
        const ptrdiff_t q = shift >= 0 ? 0 : ceil_div(-shift, p->stride);
        const ptrdiff_t x = q * p->stride + shift;
        const ptrdiff_t count = least(ceil_div(p->width - x, p->stride), p->pitch - q);
        if (count <= 0) continue;
        for (ptrdiff_t c = 0; c < p->channels; c++) {
            TYPE *to = buffer + (c * p->rows * p->stride + rest) * p->pitch + q;
            for (ptrdiff_t row = 0; row < p->rows; row++, to += p->stride * p->pitch) {
                const ptrdiff_t y = first + row - p->top;
                if (y < 0 || y >= p->height)
                    memset(to, 0, (size_t)count * sizeof(TYPE));
                else
                    NAME(copy)(to, image + (c * p->height + y) * p->width + x, count, p->stride);
            }
        }
    }
}

/* Weights in the order in which `correlate` reads them: [block of filters][bias or tap][filter], the
 * last block filled up with zeros. Weight (f, c, k, l) is w[f * step_f + c * step_c + k * step_k + l *
 * step_l]. */
static void NAME(pack)(const TYPE *w, const TYPE *bias, const Sums *s, const WeightSteps *step,
                       int block, TYPE *packed) {
    for (ptrdiff_t f = 0; f < round_up(s->filters, block); f++) {
        TYPE *to = packed + f / block * (1 + s->taps) * block + f % block;
        const int used = f < s->filters;
        *to = bias && used ? bias[f] : 0;
        for (ptrdiff_t c = 0; c < s->channels; c++)
            for (ptrdiff_t k = 0; k < s->height; k++)
                for (ptrdiff_t l = 0; l < s->width; l++)
                    *(to += block) =
                        used ? w[f * step->f + c * step->c + k * step->k + l * step->l] : 0;
    }
}

/* Tiles (filters, vectors of pixels) keep all their sums in registers, and what they read beside them.
 * Three filters are there for images of three channels, whose gradient is a sum for three. */
#if REGISTERS == 32
#define TILES(TILE) TILE(4, 6) TILE(4, 4) TILE(3, 8)
#define FILTERS 4
#define PLACES 6
#include "kernels_tile.h"
#define FILTERS 4
#define PLACES 4
#include "kernels_tile.h"
#define FILTERS 3
#define PLACES 8
#else
#define TILES(TILE) TILE(4, 3) TILE(4, 2) TILE(3, 4)
#define FILTERS 4
#define PLACES 3
#include "kernels_tile.h"
#define FILTERS 4
#define PLACES 2
#include "kernels_tile.h"
#define FILTERS 3
#define PLACES 4
#endif
#include "kernels_tile.h"

typedef struct {
    int filters, places;
    void (*sum)(const TYPE *const *, const ptrdiff_t *, ptrdiff_t, const TYPE *, TYPE *,
                const ptrdiff_t *, ptrdiff_t);
} NAME(Tile);

#define TILE(filters, places) {filters, places, NAME(TILE_NAME(filters, places))},
static const NAME(Tile) NAME(tiles)[] = {TILES(TILE)};
#undef TILE
#define TILE_COUNT ((int)(sizeof NAME(tiles) / sizeof *NAME(tiles)))

/* Filters of a block: those of the tile that computes the fewest filters nobody asked for. The first
 * is the fastest and wins unless another saves a tenth. */
static int NAME(block)(ptrdiff_t filters) {
    int best = NAME(tiles)[0].filters;
    for (int i = 1; i < TILE_COUNT; i++) {
        const int other = NAME(tiles)[i].filters;
        if (1.1 * (double)round_up(filters, other) < (double)round_up(filters, best)) best = other;
    }
    return best;
}

/* The tile for blocks of that size which has room for all vectors that are left, or most of them. */
static const NAME(Tile) *NAME(tile_for)(int block, ptrdiff_t left) {
    const NAME(Tile) *best = NULL;
    for (const NAME(Tile) *tile = NAME(tiles); tile < NAME(tiles) + TILE_COUNT; tile++)
        if (tile->filters == block &&
            (!best || (tile->places > best->places ? best->places < left : tile->places >= left)))
            best = tile;
    return best;
}

/* The vectors begin .. end - 1 of a band, for all filters, `block` at a time. A tile writes where it
 * is told: to `out`, or where that has no room for whole vectors and blocks, to the side first. */
TARGET static void NAME(correlate)(const TYPE *buffer, const TYPE *weights, TYPE *out,
                                   ptrdiff_t begin, ptrdiff_t end, int block, const Sums *s) {
    VEC aside[MOST_FILTERS * MOST_PLACES];
    const TYPE *from[MOST_PLACES];
    ptrdiff_t to[MOST_PLACES], in_order[MOST_PLACES];
    for (int v = 0; v < MOST_PLACES; v++) in_order[v] = v * LANES;
    const NAME(Tile) *tile;
    for (ptrdiff_t first = begin; first < end; first += tile->places) {
        tile = NAME(tile_for)(block, end - first);
        const Place *place = s->place + first;
        const int used = (int)least(end - first, tile->places);
        int whole = s->column_step == 1;
        for (int v = 0; v < tile->places; v++) { /* one that is not full repeats its last vector */
            const Place *p = place + least(v, used - 1);
            from[v] = buffer + p->from;
            to[v] = p->to;
            whole &= p->lanes == LANES;
        }
        const TYPE *block_weights = weights;
        for (ptrdiff_t f = 0; f < s->filters; f += block, block_weights += (1 + s->taps) * block) {
            const int filters = (int)least(s->filters - f, block);
            TYPE *block_out = out + f * s->filter_step;
            for (int g = 0; g < filters; g++) /* fetched while the sums are made */
                for (int v = 0; v < used; v++)
                    __builtin_prefetch(block_out + g * s->filter_step + to[v], 1);
            if (whole && filters == block) {
                tile->sum(from, s->tap, s->taps, block_weights, block_out, to, s->filter_step);
                continue;
            }
            tile->sum(from, s->tap, s->taps, block_weights, (TYPE *)aside, in_order,
                      tile->places * LANES);
            for (int g = 0; g < filters; g++)
                for (int v = 0; v < used; v++) {
                    TYPE *pixels = block_out + g * s->filter_step + to[v];
                    const VEC sum = aside[g * tile->places + v];
                    if (s->column_step == 1 && place[v].lanes == LANES)
                        *(VEC *)pixels = sum;
                    else
                        for (ptrdiff_t j = 0; j < place[v].lanes; j++)
                            pixels[j * s->column_step] = sum[j];
                }
        }
    }
}

/* A few vectors, a sum for each: neighbours are added first, within 16 bytes, then these parts. */
TARGET static inline PART NAME(sum_lanes)(const VEC *of) {
    VEC sums = PICK(of[0], of[1], EACH(EVEN)) + PICK(of[0], of[1], EACH(ODD));
#if BYTES == 4
    const VEC more = PICK(of[2], of[3], EACH(EVEN)) + PICK(of[2], of[3], EACH(ODD));
    sums = PICK(sums, more, EACH(EVEN)) + PICK(sums, more, EACH(ODD));
#endif
    const PART *part = (const PART *)&sums;
    PART sum = part[0];
    for (int i = 1; i < VECTOR_BYTES / 16; i++) sum += part[i];
    return sum;
}

/* The weight gradient. For each filter f and tap t, over all pixels of some bands:
 *
 *     dw[f][t] += sum of dout[f][pixel] * input[place of pixel + t]        db[f] += sum of dout[f]
 *
 * The innermost part again: DW_FILTERS filters and DW_TAPS taps, dw[tap][filter] of them. A vector of
 * pixels costs a vector of each to read: 2 * 24 * 16 operations for 10 * 64 bytes with AVX-512 and
 * float. What it reads is in the first-level cache: other taps of the same filters have read it. */
TARGET __attribute__((noinline)) static void NAME(sum_over_pixels)(
    const NAME(Band) *bands, ptrdiff_t count, const Place *place, const ptrdiff_t *tap,
    ptrdiff_t dout_step, TYPE *dw) {
    VEC sum[DW_TAPS][DW_FILTERS];
#pragma GCC unroll 8
    for (int u = 0; u < DW_TAPS; u++)
#pragma GCC unroll 8
        for (int g = 0; g < DW_FILTERS; g++) sum[u][g] = (VEC){0};
    for (const NAME(Band) *band = bands; band < bands + count; band++) {
        const TYPE *dout = band->dout;
        for (ptrdiff_t v = 0; v < band->vectors; v++, dout += LANES) {
            const TYPE *at = band->input + place[v].from;
            VEC held[DW_FILTERS > DW_TAPS ? DW_TAPS : DW_FILTERS]; /* the fewer, as in a tile */
            if (DW_FILTERS > DW_TAPS) {
#pragma GCC unroll 8
                for (int u = 0; u < DW_TAPS; u++) held[u] = LOAD(at + tap[u]);
#pragma GCC unroll 8
                for (int g = 0; g < DW_FILTERS; g++) {
                    const VEC gradient = LOAD(dout + g * dout_step);
#pragma GCC unroll 8
                    for (int u = 0; u < DW_TAPS; u++) sum[u][g] += gradient * held[u];
                }
            } else {
#pragma GCC unroll 8
                for (int g = 0; g < DW_FILTERS; g++) held[g] = LOAD(dout + g * dout_step);
#pragma GCC unroll 8
                for (int u = 0; u < DW_TAPS; u++) {
                    const VEC input = LOAD(at + tap[u]);
#pragma GCC unroll 8
                    for (int g = 0; g < DW_FILTERS; g++) sum[u][g] += held[g] * input;
                }
            }
        }
    }
#pragma GCC unroll 8
    for (int u = 0; u < DW_TAPS; u++)
#pragma GCC unroll 8
        for (int g = 0; g < DW_FILTERS; g += 16 / BYTES)
            *(PART *)(dw + u * DW_FILTERS + g) += NAME(sum_lanes)(sum[u] + g);
}

/* All filters and taps, both rounded up to whole tiles; `dw` is [tile of filters][tap][filter].
 * `dout_step` is from one filter's dout to the next. */
TARGET static void NAME(add_to_dw)(const NAME(Band) *bands, ptrdiff_t count, ptrdiff_t dout_step,
                                   TYPE *dw, TYPE *db, const Sums *s) {
    for (ptrdiff_t f = 0; f < s->filters; f += DW_FILTERS, db += DW_FILTERS) {
        NAME(Band) tile[MOST_BANDS];
        for (ptrdiff_t m = 0; m < count; m++) {
            tile[m] = bands[m];
            tile[m].dout += f * dout_step;
        }
        for (ptrdiff_t t = 0; t < s->taps; t += DW_TAPS, dw += DW_TAPS * DW_FILTERS) {
            ptrdiff_t tap[DW_TAPS]; /* what is beyond the last tap repeats it */
            for (int u = 0; u < DW_TAPS; u++) tap[u] = s->tap[least(t + u, s->taps - 1)];
            NAME(sum_over_pixels)(tile, count, s->place, tap, dout_step, dw);
        }
        VEC sum[DW_FILTERS] = {0};
        for (ptrdiff_t m = 0; m < count; m++)
            for (ptrdiff_t v = 0; v < tile[m].vectors; v++)
                for (int g = 0; g < DW_FILTERS; g++)
                    sum[g] += LOAD(tile[m].dout + g * dout_step + v * LANES);
        for (int g = 0; g < DW_FILTERS; g += 16 / BYTES) *(PART *)(db + g) += NAME(sum_lanes)(sum + g);
    }
}

static int NAME(conv_forward)(const void *x_data, const void *w, const void *b, void *out_data,
                              const ConvSizes *z) {
    const TYPE *x = x_data;
    TYPE *out = out_data;
    const Padded p = forward_padding(z, LANES, sizeof(TYPE));
    Sums s = forward_sums(z);
    if (locate(&s, &p, LANES)) return -1;
    const int block = NAME(block)(z->F);
    const ptrdiff_t packed_size = round_up(z->F, block) * (1 + s.taps);
    TYPE *packed = allocate(packed_size + THREADS * p.size, sizeof(TYPE));
    if (!packed) return free(s.place), -1;
    const WeightSteps step = {z->C * z->HH * z->WW, z->HH * z->WW, z->WW, 1};
    NAME(pack)(w, b, &s, &step, block, packed);
#pragma omp parallel for schedule(static) if (worth_threads(conv_work(z)))
    for (ptrdiff_t i = 0; i < z->N * p.bands; i++) {
        const ptrdiff_t n = i / p.bands, first = i % p.bands * p.band;
        const ptrdiff_t rows = least(p.band, z->H_out - first);
        TYPE *buffer = packed + packed_size + THREAD * p.size;
        NAME(pad)(x + n * z->C * z->H * z->W, buffer, first * z->stride, &p);
        NAME(correlate)(buffer, packed, out + (n * z->F * z->H_out + first) * z->W_out, 0,
                        rows * s.per_row, block, &s);
    }
    free(packed);
    free(s.place);
    return 0;
}

/* dw and db: each thread sums over its bands, then the threads' sums are added in their order. */
static int NAME(conv_backward_weights)(const TYPE *dout, const TYPE *x, TYPE *dw, TYPE *db,
                                       const ConvSizes *z) {
    ptrdiff_t images;
    const Padded p = weights_padding(z, DW_FILTERS, LANES, sizeof(TYPE), &images);
    Sums s = forward_sums(z);
    if (locate(&s, &p, LANES)) return -1;
    const ptrdiff_t filters = round_up(z->F, DW_FILTERS), taps = round_up(s.taps, DW_TAPS);
    const ptrdiff_t threads = worth_threads(conv_work(z)) ? THREADS : 1;
    /* dout is copied, so that its vectors are whole and aligned, with zeros behind rows and filters. */
    const ptrdiff_t row = s.per_row * LANES, dout_step = p.band * row;
    const ptrdiff_t dout_size = filters * dout_step;
    const ptrdiff_t share = ceil_div(z->N * p.bands, threads);
    ptrdiff_t chunk = CACHE_BYTES / ((p.size + dout_size) * (ptrdiff_t)sizeof(TYPE));
    chunk = most(least(least(chunk, images), least(share, MOST_BANDS)), 1);
    const ptrdiff_t dw_size = filters * taps;
    const ptrdiff_t workspace = round_up(chunk * (p.size + dout_size) + dw_size + filters, LANES);
    TYPE *memory = allocate(threads * workspace, sizeof(TYPE));
    if (!memory) return free(s.place), -1;
#pragma omp parallel for schedule(static) num_threads((int)threads)
    for (ptrdiff_t thread = 0; thread < threads; thread++) {
        TYPE *douts = memory + thread * workspace, *buffers = douts + chunk * dout_size;
        TYPE *my_dw = buffers + chunk * p.size, *my_db = my_dw + dw_size;
        NAME(Band) bands[MOST_BANDS];
        const ptrdiff_t end = least((thread + 1) * share, z->N * p.bands);
        for (ptrdiff_t start = thread * share; start < end; start += chunk) {
            const ptrdiff_t count = least(chunk, end - start);
            for (ptrdiff_t m = 0; m < count; m++) {
                const ptrdiff_t n = (start + m) / p.bands;
                const ptrdiff_t first = (start + m) % p.bands * p.band;
                const ptrdiff_t rows = least(p.band, z->H_out - first);
                const TYPE *band_dout = dout + (n * z->F * z->H_out + first) * z->W_out;
                TYPE *buffer = buffers + m * p.size, *my_dout = douts + m * dout_size;
                NAME(pad)(x + n * z->C * z->H * z->W, buffer, first * z->stride, &p);
                for (ptrdiff_t f = 0; f < z->F; f++) {
                    TYPE *to = my_dout + f * dout_step;
                    const TYPE *from = band_dout + f * z->H_out * z->W_out;
                    if (row == z->W_out) /* then a row follows the other */
                        NAME(copy)(to, from, rows * row, 1);
                    else
                        for (ptrdiff_t i = 0; i < rows; i++)
                            NAME(copy)(to + i * row, from + i * z->W_out, z->W_out, 1);
                }
                bands[m] = (NAME(Band)){buffer, my_dout, rows * s.per_row};
            }
            NAME(add_to_dw)(bands, count, dout_step, my_dw, my_db, &s);
        }
    }
    memset(dw, 0, (size_t)(z->F * s.taps) * sizeof(TYPE));
    memset(db, 0, (size_t)z->F * sizeof(TYPE));
    for (ptrdiff_t thread = 0; thread < threads; thread++) {
        const TYPE *my_dw = memory + thread * workspace + chunk * (dout_size + p.size);
        for (ptrdiff_t f = 0; f < z->F; f++) {
            const TYPE *from = my_dw + f / DW_FILTERS * DW_FILTERS * taps + f % DW_FILTERS;
            for (ptrdiff_t t = 0; t < s.taps; t++) dw[f * s.taps + t] += from[t * DW_FILTERS];
            db[f] += my_dw[dw_size + f];
        }
    }
    free(memory);
    free(s.place);
    return 0;
}

/* dx. With stride s, the pixels of dx whose padded row and column leave the rests (p, q) modulo s
 * are one stride-1 correlation of dout, with every s-th weight, flipped:
 *
 *     dx_padded[c, a * s + p, b * s + q] =
 *         sum over f, k, l of w[f, c, p + k * s, q + l * s] * dout[f, a - k, b - l]
 *
 * Each pair of rests that a weight has is one phase; all phases read one padded copy of dout. */
static int NAME(conv_backward_data)(const TYPE *dout, const TYPE *w, TYPE *dx, const ConvSizes *z) {
    const ptrdiff_t s = z->stride, phases = least(s, z->HH) * least(s, z->WW);
    const int block = NAME(block)(z->C);
    const ptrdiff_t blocks = round_up(z->C, block);
    const ptrdiff_t packed_size = blocks * (phases + z->F * z->HH * z->WW);
    const Padded p = backward_padding(z, LANES, sizeof(TYPE));
    Sums *sums = calloc((size_t)phases, sizeof *sums);
    TYPE *packed = allocate(packed_size + THREADS * p.size, sizeof(TYPE));
    int failed = !sums || !packed;
    TYPE *weights = packed;
    for (ptrdiff_t i = 0; i < phases && !failed; i++) {
        const ptrdiff_t row = i / least(s, z->WW), column = i % least(s, z->WW);
        sums[i] = backward_sums(z, row, column);
        failed = locate(sums + i, &p, LANES);
        if (failed) break;
        const WeightSteps step = {z->HH * z->WW, z->C * z->HH * z->WW, s * z->WW, s};
        NAME(pack)(w + row * z->WW + column, NULL, sums + i, &step, block, weights);
        weights += blocks * (1 + sums[i].taps);
    }
    if (!failed) {
#pragma omp parallel for schedule(static) if (worth_threads(conv_work(z)))
        for (ptrdiff_t i = 0; i < z->N * p.bands; i++) {
            const ptrdiff_t n = i / p.bands, first = i % p.bands * p.band;
            TYPE *buffer = packed + packed_size + THREAD * p.size;
            TYPE *image = dx + n * z->C * z->H * z->W;
            /* A stride beyond the filter leaves pixels out. */
            if (first == 0 && (s > z->HH || s > z->WW))
                memset(image, 0, (size_t)(z->C * z->H * z->W) * sizeof(TYPE));
            NAME(pad)(dout + n * z->F * z->H_out * z->W_out, buffer, first, &p);
            const TYPE *packed_weights = packed;
            for (const Sums *phase = sums; phase < sums + phases; phase++) {
                const ptrdiff_t begin = most(phase->first_row - first, 0);
                const ptrdiff_t end = least(phase->first_row + phase->rows - first, p.band);
                NAME(correlate)(buffer, packed_weights, image + first * s * z->W,
                                begin * phase->per_row, end * phase->per_row, block, phase);
                packed_weights += blocks * (1 + phase->taps);
            }
        }
    }
    for (ptrdiff_t i = 0; sums && i < phases; i++) free(sums[i].place);
    free(sums);
    free(packed);
    return failed ? -1 : 0;
}

static int NAME(conv_backward)(const void *dout, const void *x, const void *w, void *dx, void *dw,
                               void *db, const ConvSizes *z) {
    if (NAME(conv_backward_weights)(dout, x, dw, db, z)) return -1;
    return dx ? NAME(conv_backward_data)(dout, w, dx, z) : 0;
}

#include "kernels_pool.h"

#undef LANES
#undef VEC
#undef PART
#undef LOAD
#undef EACH
#undef EVEN
#undef ODD
#undef MASK
#undef MASK_TYPE
#undef TILE_COUNT
#undef TILES
