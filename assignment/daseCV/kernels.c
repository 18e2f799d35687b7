/* Generated from daseCV/kernels.c by "dasecv release". */
/* Convolution and max pooling in C: what each kernel computes, and how it is shared out.
 *
 * `kernels_template.h` holds the arithmetic once, for any type and vector width. This file includes
 * it for float and double at each level of vector instructions, and runs it over the images of a
 * batch, on several threads where OpenMP is there. Nothing here knows Python.
 *
 * Convolution is direct: no matrix of windows (im2col) is ever built. An image, or a band of its rows,
 * is copied into a buffer that has its zeros around it and fits the cache; then tiles of a few filters
 * and a few vectors of output pixels are summed up in registers.
 * The project's docs/fast_layers.md tells the story with pictures.
 */

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kernels.h"

/* GCC otherwise splits a tile's sums before it has unrolled the loops, and then moves some of them
 * from one register to another for each tap. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("no-tree-sra")
#endif

#ifdef _OPENMP
#include <omp.h>
#define THREADS omp_get_max_threads()
#define THREAD omp_get_thread_num()
#else
#define THREADS 1
#define THREAD 0
#endif

/* Below this many multiply-adds one thread is done before others have started; and on a shared
 * processor it waits for none. A number that is only read and compared counts for sixteen. */
#define WORTH_THREADS 2000000

#define JOIN(a, b) a##_##b
#define JOINED(a, b) JOIN(a, b)
#define NAME(function) JOINED(JOINED(function, TYPE), LEVEL)
#define TILE_NAME(filters, places) JOINED(JOINED(sum, filters), places)

/* A vector of the numbers at the listed places of two vectors. */
#ifdef __clang__
#define PICK(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define PICK(a, b, ...) __builtin_shuffle(a, b, (MASK){__VA_ARGS__})
#endif

#define KERNELS(suffix)                                                               \
    {conv_forward_##suffix, conv_backward_##suffix, max_pool_forward_##suffix, max_pool_backward_##suffix}

static ptrdiff_t ceil_div(ptrdiff_t a, ptrdiff_t b) { return (a + b - 1) / b; }

/* A forked child would wait for ever for threads that only its parent has. */
static int forked = 0;

void stay_on_one_thread(void) { forked = 1; }

static int worth_threads(double work) { return !forked && work > WORTH_THREADS; }

static double conv_work(const ConvSizes *z) {
    return (double)z->N * z->F * z->H_out * z->W_out * z->C * z->HH * z->WW;
}

static double pool_work(const PoolSizes *z) { return 16.0 * z->planes * z->H * z->W; }

static ptrdiff_t round_up(ptrdiff_t a, ptrdiff_t to) { return ceil_div(a, to) * to; }

static ptrdiff_t least(ptrdiff_t a, ptrdiff_t b) { return a < b ? a : b; }

static ptrdiff_t most(ptrdiff_t a, ptrdiff_t b) { return a > b ? a : b; }

/* How an image is copied into a buffer with its zeros, a band of rows at a time so that the buffer
 * fits the cache. For stride s the columns are sorted by their rest modulo s, so that the inputs of
 * neighbouring output pixels are neighbours: buffer[channel][row][rest][column / s]. */
typedef struct {
    ptrdiff_t channels, height, width; /* of the image */
    ptrdiff_t top, left;               /* zeros before its first row and column; negative: cut */
    ptrdiff_t stride;
    ptrdiff_t band, bands; /* output rows of a band; bands of an image */
    ptrdiff_t rows, pitch; /* of the buffer: rows of a channel; numbers from one rest to the next */
    ptrdiff_t size;        /* numbers in the buffer */
} Padded;

/* One vector of output pixels: where its input starts in the buffer, where it goes, how many of its
 * lanes are pixels. */
typedef struct {
    ptrdiff_t from, to, lanes;
} Place;

/* Sums over weights, for a grid of output pixels: which weights, which pixels. */
typedef struct {
    ptrdiff_t filters, channels, height, width; /* of the weights that are summed over */
    ptrdiff_t row, column;        /* of weight (c, 0, 0) in the buffer ... */
    ptrdiff_t direction;          /* ... and +1 or -1: where weight (c, 1, 1) is from there */
    ptrdiff_t first_row, rows;    /* of the grid */
    ptrdiff_t first_column, columns;
    ptrdiff_t to, filter_step, row_step, column_step; /* in the output array */
    ptrdiff_t taps, per_row; /* weights of a filter; vectors of a row */
    ptrdiff_t *tap;
    Place *place; /* of a whole band */
} Sums;

/* In an array of weights: numbers from one filter, channel, row and column to the next. */
typedef struct {
    ptrdiff_t f, c, k, l;
} WeightSteps;

/* Zeros, at the start of a cache line; NULL when memory ran out. */
static void *allocate(ptrdiff_t count, size_t bytes) {
    const size_t size = (size_t)round_up(count * (ptrdiff_t)bytes, 64);
    void *memory = aligned_alloc(64, size);
    return memory ? memset(memory, 0, size) : NULL;
}

/* Half of a usual second-level cache: a band of input and output takes no more, if one row can. */
#define CACHE_BYTES 524288
/* Three quarters of a small first-level cache, for what one tile of the weight gradient reads. */
#define FIRST_CACHE_BYTES 24576
#define MOST_BANDS 64

/* `p` with bands of so many output rows, for filters of that height. */
static Padded with_band(Padded p, ptrdiff_t band, ptrdiff_t rows, ptrdiff_t height) {
    p.band = most(least(band, rows), 1);
    p.bands = ceil_div(rows, p.band);
    p.rows = (p.band - 1) * p.stride + height;
    p.size = p.rows * p.channels * p.stride * p.pitch;
    return p;
}

/* The rest of `p`, for filters of height x width and outputs of filters x rows x columns. */
static Padded cut_bands(Padded p, ptrdiff_t height, ptrdiff_t width, ptrdiff_t filters,
                        ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t lanes, size_t bytes) {
    const ptrdiff_t line = round_up(columns, lanes);
    p.pitch = line + ceil_div(width, p.stride);
    const ptrdiff_t input_row = p.channels * p.stride * p.pitch;
    const ptrdiff_t output_row = input_row * p.stride + filters * line;
    const ptrdiff_t room = CACHE_BYTES / (ptrdiff_t)bytes - (height - p.stride) * input_row;
    return with_band(p, room / output_row, rows, height);
}

/* Fill in taps and places. Returns -1 when memory ran out. */
static int locate(Sums *s, const Padded *p, ptrdiff_t lanes) {
    s->taps = s->channels * s->height * s->width;
    s->per_row = ceil_div(s->columns, lanes);
    const ptrdiff_t vectors = p->band * s->per_row, stride = p->stride;
    s->place = malloc((size_t)vectors * sizeof *s->place + (size_t)s->taps * sizeof *s->tap);
    if (!s->place) return -1;
    s->tap = (ptrdiff_t *)(s->place + vectors);
    ptrdiff_t *tap = s->tap;
    for (ptrdiff_t c = 0; c < s->channels; c++)
        for (ptrdiff_t k = 0; k < s->height; k++)
            for (ptrdiff_t l = 0; l < s->width; l++) {
                const ptrdiff_t row = s->row + s->direction * k;
                const ptrdiff_t column = s->column + s->direction * l;
                *tap++ = ((c * p->rows + row) * stride + column % stride) * p->pitch + column / stride;
            }
    Place *place = s->place;
    for (ptrdiff_t i = 0; i < p->band; i++)
        for (ptrdiff_t j = 0; j < s->columns; j += lanes)
            *place++ = (Place){i * stride * stride * p->pitch + s->first_column + j,
                               s->to + i * s->row_step + j * s->column_step,
                               least(lanes, s->columns - j)};
    return 0;
}

static Padded forward_padding(const ConvSizes *z, ptrdiff_t lanes, size_t bytes) {
    const Padded p = {z->C, z->H, z->W, z->pad, z->pad, z->stride, 0, 0, 0, 0, 0};
    return cut_bands(p, z->HH, z->WW, z->F, z->H_out, z->W_out, lanes, bytes);
}

/* A tile of the weight gradient reads `filters` rows of dout for a row of one channel of the input.
 * Where the cache has room for several such rows, `images` of them are done together. */
static Padded weights_padding(const ConvSizes *z, ptrdiff_t filters, ptrdiff_t lanes, size_t bytes,
                              ptrdiff_t *images) {
    const Padded p = forward_padding(z, lanes, bytes);
    const ptrdiff_t row = filters * round_up(z->W_out, lanes) + z->stride * z->stride * p.pitch;
    const ptrdiff_t rows = FIRST_CACHE_BYTES / ((ptrdiff_t)bytes * row);
    *images = most(rows / z->H_out, 1);
    return with_band(p, least(rows, p.band), z->H_out, z->HH);
}

static Sums forward_sums(const ConvSizes *z) {
    return (Sums){.filters = z->F, .channels = z->C, .height = z->HH, .width = z->WW,
                  .direction = 1, .rows = z->H_out, .columns = z->W_out,
                  .filter_step = z->H_out * z->W_out, .row_step = z->W_out, .column_step = 1};
}

/* dx is cut into cells of stride x stride pixels, counted from its padding; its first pixel is in
 * cell (pad / stride, pad / stride), and cell (a, b) takes from dout[a - k, b - l], k, l >= 0. */
static Padded backward_padding(const ConvSizes *z, ptrdiff_t lanes, size_t bytes) {
    const ptrdiff_t s = z->stride, height = ceil_div(z->HH, s), width = ceil_div(z->WW, s);
    const ptrdiff_t rows = (z->H - 1 + z->pad) / s - z->pad / s + 1;
    const ptrdiff_t columns = (z->W - 1 + z->pad) / s - z->pad / s + 1;
    const Padded p = {z->F, z->H_out, z->W_out, height - 1 - z->pad / s, width - 1 - z->pad / s,
                      1, 0, 0, 0, 0, 0};
    /* One column more: the pixels of a phase may start in the second cell. */
    return cut_bands(p, height, width + 1, s * s * z->C, rows, columns, lanes, bytes);
}

/* The pixels (row, column) of all cells, of which the first and last may be outside of dx. */
static Sums backward_sums(const ConvSizes *z, ptrdiff_t row, ptrdiff_t column) {
    const ptrdiff_t s = z->stride, first = z->pad / s;
    const ptrdiff_t a = row >= z->pad - first * s ? 0 : 1, b = column >= z->pad - first * s ? 0 : 1;
    const ptrdiff_t y = (first + a) * s + row - z->pad, x = (first + b) * s + column - z->pad;
    return (Sums){.filters = z->C, .channels = z->F,
                  .height = ceil_div(z->HH - row, s), .width = ceil_div(z->WW - column, s),
                  .row = ceil_div(z->HH, s) - 1, .column = ceil_div(z->WW, s) - 1, .direction = -1,
                  .first_row = a, .rows = y < z->H ? ceil_div(z->H - y, s) : 0,
                  .first_column = b, .columns = x < z->W ? ceil_div(z->W - x, s) : 0,
                  .to = (y - a * s) * z->W + x, .filter_step = z->H * z->W,
                  .row_step = s * z->W, .column_step = s};
}

#if defined(__x86_64__) || defined(__i386__)
#define LEVEL avx512
#define VECTOR_BYTES 64
#define REGISTERS 32
#define TARGET __attribute__((target("avx512f,avx512dq,avx512vl,avx512bw,fma,avx2")))
#include "kernels_levels.h"

#define LEVEL avx2
#define VECTOR_BYTES 32
#define REGISTERS 16
#define TARGET __attribute__((target("avx2,fma")))
#include "kernels_levels.h"
#endif

/* SSE2 on x86-64, NEON on arm64, and whatever the compiler makes of it elsewhere. */
#define LEVEL base
#define VECTOR_BYTES 16
#if defined(__aarch64__)
#define REGISTERS 32
#else
#define REGISTERS 16
#endif
#define TARGET
#include "kernels_levels.h"

static const Level levels[] = {
#if defined(__x86_64__) || defined(__i386__)
    {"avx512", KERNELS(float_avx512), KERNELS(double_avx512)},
    {"avx2", KERNELS(float_avx2), KERNELS(double_avx2)},
#endif
    {"base", KERNELS(float_base), KERNELS(double_base)},
};

static int runs_here(const char *level) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_cpu_init();
    if (!strcmp(level, "avx512"))
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
               __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("fma") && __builtin_cpu_supports("avx2");
    if (!strcmp(level, "avx2"))
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
    return !strcmp(level, "base");
}

const Level *choose_level(const char *wanted) {
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
        if ((!wanted || !strcmp(wanted, levels[i].name)) && runs_here(levels[i].name))
            return &levels[i];
    return NULL;
}
