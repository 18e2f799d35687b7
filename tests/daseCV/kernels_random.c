/* Random convolutions and poolings compared with plain loops: what `make sanitize` runs.
 *
 * Built with AddressSanitizer and UndefinedBehaviorSanitizer this finds accesses outside of an
 * array, since each array is a block of memory of exactly its size. All numbers are small and
 * whole: sums of them are exact in any order, in float as in double, so results have to be equal.
 *
 *     kernels_random [avx512 | avx2 | base]     the widest that runs here when none is named
 */

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernels.h"

#define CASES 2000 /* convolutions, and as many poolings, each in float and in double */

static const size_t types[] = {sizeof(float), sizeof(double)};

/* A whole number from `low` to `high`; the same ones in every run and on every system. */
static ptrdiff_t between(ptrdiff_t low, ptrdiff_t high) {
    static uint64_t state = 231;
    state = state * 6364136223846793005u + 1442695040888963407u;
    return low + (ptrdiff_t)((state >> 33) % (uint64_t)(high - low + 1));
}

static int one_in(ptrdiff_t count) { return between(1, count) == 1; }

static ptrdiff_t most(ptrdiff_t a, ptrdiff_t b) { return a > b ? a : b; }

static void *allocate(ptrdiff_t count, size_t bytes) {
    void *memory = malloc((size_t)count * bytes);
    if (!memory && count) exit((fprintf(stderr, "no memory\n"), 1));
    return memory;
}

static double *random_numbers(ptrdiff_t count) {
    double *numbers = allocate(count, sizeof *numbers);
    for (ptrdiff_t i = 0; i < count; i++) numbers[i] = (double)between(-4, 4);
    return numbers;
}

static double *zeros(ptrdiff_t count) {
    double *numbers = allocate(count, sizeof *numbers);
    for (ptrdiff_t i = 0; i < count; i++) numbers[i] = 0;
    return numbers;
}

/* What a kernel is given: the numbers in its type, or NaN, which it has to write over. */
static void *typed(const double *numbers, ptrdiff_t count, size_t bytes) {
    void *array = allocate(count, bytes);
    for (ptrdiff_t i = 0; i < count; i++) {
        const double number = numbers ? numbers[i] : NAN;
        if (bytes == sizeof(float))
            ((float *)array)[i] = (float)number;
        else
            ((double *)array)[i] = number;
    }
    return array;
}

static void *unwritten(ptrdiff_t count, size_t bytes) { return typed(NULL, count, bytes); }

/* 0, or 1 after printing the first difference. */
static int differs(const char *name, const void *got, const double *expected, ptrdiff_t count,
                   size_t bytes) {
    for (ptrdiff_t i = 0; i < count; i++) {
        const double number =
            bytes == sizeof(float) ? ((const float *)got)[i] : ((const double *)got)[i];
        if (number != expected[i]) {
            printf("%s of %s: number %td is %g, expected %g\n", name,
                   bytes == sizeof(float) ? "float" : "double", i, number, expected[i]);
            return 1;
        }
    }
    return 0;
}

static ConvSizes random_conv(void) {
    const int large = one_in(40); /* more than one band of rows */
    const ptrdiff_t window = one_in(8) ? 11 : 5;
    ConvSizes z = {.HH = between(1, window), .WW = between(1, window)};
    z.N = large ? 1 : between(0, 3);
    z.C = between(1, large ? 3 : 7);
    z.F = between(1, large ? 3 : 9);
    z.stride = one_in(4) ? between(1, 50) : between(1, 4);
    z.pad = one_in(8) ? between(0, 12) : between(0, 3);
    z.H = between(most(1, large ? 250 : z.HH - 2 * z.pad), large ? 320 : 40);
    z.W = between(most(1, large ? 250 : z.WW - 2 * z.pad), large ? 320 : 40);
    if (one_in(4)) z.W = 16 * between(1, large ? 20 : 3); /* rows of whole vectors */
    z.H_out = 1 + (z.H + 2 * z.pad - z.HH) / z.stride;
    z.W_out = 1 + (z.W + 2 * z.pad - z.WW) / z.stride;
    return z;
}

static PoolSizes random_pool(void) {
    const int usual = one_in(3), large = one_in(40);
    PoolSizes z = {.height = usual ? 2 : between(1, 5), .width = usual ? 2 : between(1, 5)};
    z.planes = between(0, large ? 2 : 12);
    z.stride = usual ? 2 : one_in(4) ? between(1, 50) : between(1, 4);
    z.H = between(z.height, large ? 320 : 40);
    z.W = between(z.width, large ? 320 : 40);
    z.H_out = 1 + (z.H - z.height) / z.stride;
    z.W_out = 1 + (z.W - z.width) / z.stride;
    return z;
}

/* Add to out, dx, dw and db what output pixel (n, f, i, j) has to do with them. */
static void add_pixel(const ConvSizes *z, ptrdiff_t n, ptrdiff_t f, ptrdiff_t i, ptrdiff_t j,
                      const double *x, const double *w, const double *dout, double *out, double *dx,
                      double *dw, double *db) {
    const ptrdiff_t pixel = ((n * z->F + f) * z->H_out + i) * z->W_out + j;
    db[f] += dout[pixel];
    for (ptrdiff_t c = 0; c < z->C; c++)
        for (ptrdiff_t k = 0; k < z->HH; k++)
            for (ptrdiff_t l = 0; l < z->WW; l++) {
                const ptrdiff_t row = i * z->stride + k - z->pad;
                const ptrdiff_t column = j * z->stride + l - z->pad;
                if (row < 0 || row >= z->H || column < 0 || column >= z->W) continue;
                const ptrdiff_t input = ((n * z->C + c) * z->H + row) * z->W + column;
                const ptrdiff_t weight = ((f * z->C + c) * z->HH + k) * z->WW + l;
                out[pixel] += x[input] * w[weight];
                dx[input] += w[weight] * dout[pixel];
                dw[weight] += x[input] * dout[pixel];
            }
}

/* One random convolution, forward and backward; returns whether anything differs. */
static int try_conv(const Level *level) {
    const ConvSizes z = random_conv();
    const ptrdiff_t images = z.N * z.C * z.H * z.W, weights = z.F * z.C * z.HH * z.WW;
    const ptrdiff_t outputs = z.N * z.F * z.H_out * z.W_out;
    double *x = random_numbers(images), *w = random_numbers(weights), *b = random_numbers(z.F);
    double *dout = random_numbers(outputs), *out = zeros(outputs);
    double *dx = zeros(images), *dw = zeros(weights), *db = zeros(z.F);
    for (ptrdiff_t n = 0; n < z.N; n++)
        for (ptrdiff_t f = 0; f < z.F; f++)
            for (ptrdiff_t i = 0; i < z.H_out; i++)
                for (ptrdiff_t j = 0; j < z.W_out; j++) {
                    out[((n * z.F + f) * z.H_out + i) * z.W_out + j] = b[f];
                    add_pixel(&z, n, f, i, j, x, w, dout, out, dx, dw, db);
                }

    const int need_dx = !one_in(5);
    int wrong = 0;
    for (size_t t = 0; t < sizeof types / sizeof *types; t++) {
        const size_t bytes = types[t];
        const Kernels *kernels = bytes == sizeof(float) ? &level->of_float : &level->of_double;
        void *my_x = typed(x, images, bytes), *my_w = typed(w, weights, bytes);
        void *my_b = typed(b, z.F, bytes), *my_dout = typed(dout, outputs, bytes);
        void *my_out = unwritten(outputs, bytes);
        void *my_dx = need_dx ? unwritten(images, bytes) : NULL;
        void *my_dw = unwritten(weights, bytes), *my_db = unwritten(z.F, bytes);

        wrong |= kernels->conv_forward(my_x, my_w, my_b, my_out, &z);
        wrong |= kernels->conv_backward(my_dout, my_x, my_w, my_dx, my_dw, my_db, &z);
        wrong |= differs("out", my_out, out, outputs, bytes);
        wrong |= need_dx && differs("dx", my_dx, dx, images, bytes);
        wrong |= differs("dw", my_dw, dw, weights, bytes);
        wrong |= differs("db", my_db, db, z.F, bytes);

        void *mine[] = {my_x, my_w, my_b, my_dout, my_out, my_dx, my_dw, my_db};
        for (size_t i = 0; i < sizeof mine / sizeof *mine; i++) free(mine[i]);
    }
    if (wrong)
        printf("  x (%td, %td, %td, %td), w (%td, %td, %td, %td), stride %td, pad %td\n", z.N, z.C,
               z.H, z.W, z.F, z.C, z.HH, z.WW, z.stride, z.pad);
    double *plain[] = {x, w, b, dout, out, dx, dw, db};
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) free(plain[i]);
    return wrong;
}

/* One random pooling, forward and backward; few different numbers make many ties. */
static int try_pool(const Level *level) {
    const PoolSizes z = random_pool();
    const ptrdiff_t inputs = z.planes * z.H * z.W, outputs = z.planes * z.H_out * z.W_out;
    double *x = random_numbers(inputs), *dout = random_numbers(outputs);
    double *out = zeros(outputs), *dx = zeros(inputs);
    for (ptrdiff_t pixel = 0; pixel < outputs; pixel++) {
        const ptrdiff_t j = pixel % z.W_out, i = pixel / z.W_out % z.H_out;
        const ptrdiff_t plane = pixel / z.W_out / z.H_out;
        const ptrdiff_t corner = (plane * z.H + i * z.stride) * z.W + j * z.stride;
        ptrdiff_t best = corner;
        for (ptrdiff_t k = 0; k < z.height; k++)
            for (ptrdiff_t l = 0; l < z.width; l++)
                if (x[corner + k * z.W + l] > x[best]) best = corner + k * z.W + l;
        out[pixel] = x[best];
        dx[best] += dout[pixel];
    }

    int wrong = 0;
    for (size_t t = 0; t < sizeof types / sizeof *types; t++) {
        const size_t bytes = types[t];
        const Kernels *kernels = bytes == sizeof(float) ? &level->of_float : &level->of_double;
        void *my_x = typed(x, inputs, bytes), *my_dout = typed(dout, outputs, bytes);
        void *my_out = unwritten(outputs, bytes), *my_dx = unwritten(inputs, bytes);

        kernels->max_pool_forward(my_x, my_out, &z);
        kernels->max_pool_backward(my_dout, my_x, my_dx, &z);
        wrong |= differs("pooled", my_out, out, outputs, bytes);
        wrong |= differs("dx of pooling", my_dx, dx, inputs, bytes);

        void *mine[] = {my_x, my_dout, my_out, my_dx};
        for (size_t i = 0; i < sizeof mine / sizeof *mine; i++) free(mine[i]);
    }
    if (wrong)
        printf("  %td planes of (%td, %td), windows (%td, %td), stride %td\n", z.planes, z.H, z.W,
               z.height, z.width, z.stride);
    double *plain[] = {x, dout, out, dx};
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) free(plain[i]);
    return wrong;
}

int main(int count, char **arguments) {
    const char *wanted = count > 1 ? arguments[1] : NULL;
    if (wanted && strcmp(wanted, "avx512") && strcmp(wanted, "avx2") && strcmp(wanted, "base")) {
        fprintf(stderr, "%s: expected avx512, avx2 or base\n", wanted);
        return 2;
    }
    const Level *level = choose_level(wanted);
    if (!level) {
        printf("%s does not run on this processor\n", wanted);
        return 0;
    }
    int wrong = 0;
    for (int i = 0; i < CASES; i++) wrong += try_conv(level) + try_pool(level);
    printf("%s: %d cases, %d of them wrong\n", level->name, 2 * CASES, wrong);
    return wrong != 0;
}
