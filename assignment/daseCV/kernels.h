/* Generated from daseCV/kernels.h by "dasecv release". */
/* What `kernels.c` offers to `im2col_cython.pyx`. */

#ifndef DASECV_KERNELS_H
#define DASECV_KERNELS_H

#include <stddef.h>

/* Sizes of a convolution, by the course's letters; out is (N, F, H_out, W_out). */
typedef struct {
    ptrdiff_t N, C, H, W, F, HH, WW, stride, pad, H_out, W_out;
} ConvSizes;

/* Sizes of a max pooling over planes of (H, W); planes = N * C. */
typedef struct {
    ptrdiff_t planes, H, W, height, width, stride, H_out, W_out;
} PoolSizes;

/* All return 0, or -1 when memory ran out. A NULL dx is not computed. */

typedef struct {
    const char *level;
    int (*conv_forward_float)(const float *x, const float *w, const float *b, float *out,
                              const ConvSizes *);
    int (*conv_forward_double)(const double *x, const double *w, const double *b, double *out,
                               const ConvSizes *);
    int (*conv_backward_float)(const float *dout, const float *x, const float *w, float *dx,
                               float *dw, float *db, const ConvSizes *);
    int (*conv_backward_double)(const double *dout, const double *x, const double *w, double *dx,
                                double *dw, double *db, const ConvSizes *);
    void (*max_pool_forward_float)(const float *x, float *out, const PoolSizes *);
    void (*max_pool_forward_double)(const double *x, double *out, const PoolSizes *);
    void (*max_pool_backward_float)(const float *dout, const float *x, float *dx,
                                    const PoolSizes *);
    void (*max_pool_backward_double)(const double *dout, const double *x, double *dx,
                                     const PoolSizes *);
} Kernels;

/* The kernels of a level ("avx512", "avx2", "base"), or of the widest that runs on this processor
 * when `wanted` is NULL; NULL when that level is unknown or does not run here. */
const Kernels *choose_kernels(const char *wanted);

#endif
