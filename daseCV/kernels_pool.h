/* Max pooling for one TYPE at one LEVEL; `kernels_template.h` includes this and has the words. */

/* to[j] = the larger of both, and NaN where either is, as np.maximum has it. */
#define LARGER(a, b) ((b) > (a) || (b) != (b) ? (b) : (a))

/* Windows of 2x2 with stride 2, LANES at a time. The even numbers of their rows are sorted apart from
 * the odd ones, and together again (LOW, HIGH). The windows are then in another order, in which the
 * gradient is brought (SPREAD), and from which the result is put right (FIRSTS, then SECONDS). */
#if BYTES == 4
#define LOW(p) 4 * p, LANES + 4 * p, 4 * p + 1, LANES + 4 * p + 1
#define HIGH(p) 4 * p + 2, LANES + 4 * p + 2, 4 * p + 3, LANES + 4 * p + 3
#define SPREAD(p) 2 * p, 2 * p + 1, LANES / 2 + 2 * p, LANES / 2 + 2 * p + 1
#define FIRSTS(p) 4 * p, 4 * p + 1
#define SECONDS(p) 4 * p + 2, 4 * p + 3
#else
#define LOW EVEN
#define HIGH ODD
#define SPREAD(p) p, LANES / 2 + p
#define FIRSTS(p) 2 * p
#define SECONDS(p) 2 * p + 1
#endif

#define WHERE(which, a, b) ((VEC)(((MASK)(a) & (which)) | ((MASK)(b) & ~(which))))
#define LARGER_OF(a, b) WHERE((MASK)((b) > (a)) | (MASK)((b) != (b)), b, a)

/* The numbers of LANES windows, a b above c, and the largest of each window. */
typedef struct {
    VEC a, b, c, largest;
} NAME(Windows);

TARGET static inline __attribute__((always_inline)) NAME(Windows)
    NAME(windows)(const TYPE *upper, const TYPE *lower) {
    const VEC u = LOAD(upper), u_next = LOAD(upper + LANES);
    const VEC l = LOAD(lower), l_next = LOAD(lower + LANES);
    const VEC a = PICK(u, u_next, EACH(EVEN)), b = PICK(u, u_next, EACH(ODD));
    const VEC c = PICK(l, l_next, EACH(EVEN)), d = PICK(l, l_next, EACH(ODD));
    const VEC above = LARGER_OF(a, b), below = LARGER_OF(c, d);
    return (NAME(Windows)){a, b, c, LARGER_OF(above, below)};
}

/* Two doubles are not worth the sorting. Returns how many windows of the row are done. */
TARGET static inline ptrdiff_t NAME(pool_row_2x2)(const TYPE *upper, const TYPE *lower, TYPE *out,
                                                  ptrdiff_t windows) {
    ptrdiff_t j = 0;
    for (; LANES > 2 && j + LANES <= windows; j += LANES) {
        const VEC largest = NAME(windows)(upper + 2 * j, lower + 2 * j).largest;
        *(VEC *)(out + j) = PICK(largest, largest, EACH(FIRSTS), EACH(SECONDS));
    }
    return j;
}

/* The gradient's way back: in row-major order, who equals the largest (or is NaN) takes the gradient
 * and leaves 0 to those that follow. */
TARGET static inline ptrdiff_t NAME(unpool_row_2x2)(const TYPE *gradient, const TYPE *upper,
                                                    const TYPE *lower, TYPE *dupper, TYPE *dlower,
                                                    ptrdiff_t windows) {
    ptrdiff_t j = 0;
    for (; LANES > 2 && j + LANES <= windows; j += LANES) {
        const NAME(Windows) w = NAME(windows)(upper + 2 * j, lower + 2 * j);
        const VEC given = LOAD(gradient + j);
        MASK rest = (MASK)PICK(given, given, EACH(SPREAD));
        const MASK a_takes = (MASK)(w.a == w.largest) | (MASK)(w.a != w.a);
        const VEC da = (VEC)(rest & a_takes);
        rest &= ~a_takes;
        const MASK b_takes = (MASK)(w.b == w.largest) | (MASK)(w.b != w.b);
        const VEC db = (VEC)(rest & b_takes);
        rest &= ~b_takes;
        const MASK c_takes = (MASK)(w.c == w.largest) | (MASK)(w.c != w.c);
        const VEC dc = (VEC)(rest & c_takes), dd = (VEC)(rest & ~c_takes);
        *(VEC *)(dupper + 2 * j) = PICK(da, db, EACH(LOW));
        *(VEC *)(dupper + 2 * j + LANES) = PICK(da, db, EACH(HIGH));
        *(VEC *)(dlower + 2 * j) = PICK(dc, dd, EACH(LOW));
        *(VEC *)(dlower + 2 * j + LANES) = PICK(dc, dd, EACH(HIGH));
    }
    return j;
}

/* One row of windows: the larger of height * width slices, from window `first` on. Memory is the
 * limit: one comparison a number. */
TARGET static inline __attribute__((always_inline)) void NAME(pool_row)(
    const TYPE *x, TYPE *out, const PoolSizes *z, ptrdiff_t first, ptrdiff_t height,
    ptrdiff_t width, ptrdiff_t stride) {
    for (ptrdiff_t j = first; j < z->W_out; j++) {
        TYPE largest = x[j * stride];
        for (ptrdiff_t k = 0; k < height; k++)
            for (ptrdiff_t l = 0; l < width; l++)
                largest = LARGER(largest, x[k * z->W + j * stride + l]);
        out[j] = largest;
    }
}

TARGET static void NAME(pool_plane)(const TYPE *x, TYPE *out, const PoolSizes *z) {
    for (ptrdiff_t i = 0; i < z->H_out; i++, x += z->stride * z->W, out += z->W_out)
        if (z->height == 2 && z->width == 2 && z->stride == 2) /* the compiler unrolls these */
            NAME(pool_row)(x, out, z, NAME(pool_row_2x2)(x, x + z->W, out, z->W_out), 2, 2, 2);
        else
            NAME(pool_row)(x, out, z, 0, z->height, z->width, z->stride);
}

static void NAME(max_pool_forward)(const void *x_data, void *out_data, const PoolSizes *z) {
    const TYPE *x = x_data;
    TYPE *out = out_data;
#pragma omp parallel for schedule(static) if (worth_threads(pool_work(z)))
    for (ptrdiff_t n = 0; n < z->planes; n++)
        NAME(pool_plane)(x + n * z->H * z->W, out + n * z->H_out * z->W_out, z);
}

/* Each window's gradient goes to its first largest number in row-major order, NaN being the largest.
 * For any window, also where windows overlap. */
static void NAME(unpool_plane)(const TYPE *dout, const TYPE *x, TYPE *dx, const PoolSizes *z) {
    memset(dx, 0, (size_t)(z->H * z->W) * sizeof(TYPE));
    for (ptrdiff_t i = 0; i < z->H_out; i++)
        for (ptrdiff_t j = 0; j < z->W_out; j++) {
            const ptrdiff_t corner = i * z->stride * z->W + j * z->stride;
            ptrdiff_t best = corner;
            TYPE largest = x[corner];
            for (ptrdiff_t k = 0; k < z->height; k++)
                for (ptrdiff_t l = 0; l < z->width; l++) {
                    const TYPE value = x[corner + k * z->W + l];
                    const int better = value > largest || (value != value && largest == largest);
                    best = better ? corner + k * z->W + l : best;
                    largest = better ? value : largest;
                }
            dx[best] += dout[i * z->W_out + j];
        }
}

/* The same for the usual windows of 2x2 with stride 2, without a branch: in vectors, then one by one.
 * Memory is the limit: three operations a number that is read or written. */
#define TAKE(x) ((x) == largest || (x) != (x))
TARGET static void NAME(unpool_plane_2x2)(const TYPE *dout, const TYPE *x, TYPE *dx,
                                          const PoolSizes *z) {
    for (ptrdiff_t i = 0; i < z->H_out; i++) {
        const TYPE *restrict upper = x + 2 * i * z->W, *restrict lower = upper + z->W;
        const TYPE *restrict gradient = dout + i * z->W_out;
        TYPE *restrict dupper = dx + 2 * i * z->W, *restrict dlower = dupper + z->W;
        ptrdiff_t j = NAME(unpool_row_2x2)(gradient, upper, lower, dupper, dlower, z->W_out);
        for (; j < z->W_out; j++) {
            const TYPE a = upper[2 * j], b = upper[2 * j + 1], c = lower[2 * j];
            TYPE largest = LARGER(a, b), rest = gradient[j];
            largest = LARGER(largest, c);
            largest = LARGER(largest, lower[2 * j + 1]);
            dupper[2 * j] = TAKE(a) ? rest : 0;
            rest = TAKE(a) ? 0 : rest;
            dupper[2 * j + 1] = TAKE(b) ? rest : 0;
            rest = TAKE(b) ? 0 : rest;
            dlower[2 * j] = TAKE(c) ? rest : 0;
            rest = TAKE(c) ? 0 : rest;
            dlower[2 * j + 1] = rest;
        }
        if (z->W % 2) dupper[z->W - 1] = dlower[z->W - 1] = 0; /* in no window */
    }
    if (z->H % 2) memset(dx + (z->H - 1) * z->W, 0, (size_t)z->W * sizeof(TYPE));
}
#undef TAKE

static void NAME(max_pool_backward)(const void *dout_data, const void *x_data, void *dx_data,
                                    const PoolSizes *z) {
    const TYPE *dout = dout_data, *x = x_data;
    TYPE *dx = dx_data;
    const int usual = z->height == 2 && z->width == 2 && z->stride == 2;
#pragma omp parallel for schedule(static) if (worth_threads(pool_work(z)))
    for (ptrdiff_t n = 0; n < z->planes; n++)
        (usual ? NAME(unpool_plane_2x2) : NAME(unpool_plane))(
            dout + n * z->H_out * z->W_out, x + n * z->H * z->W, dx + n * z->H * z->W, z);
}

#undef LARGER
#undef LARGER_OF
#undef WHERE
#undef LOW
#undef HIGH
#undef SPREAD
#undef FIRSTS
#undef SECONDS
