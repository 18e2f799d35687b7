/* Generated from daseCV/kernels_template.h by "dasecv release". */
/* The kernels for one TYPE at one LEVEL of vector instructions; see `kernels.c`.
 *
 * LANES numbers make a vector. An output row is cut into vectors; a "place" is where in the padded
 * image the window of a vector's first pixel starts, a "tap" is how far from there the input of one
 * weight (c, k, l) lies. So the input of any pixel and any weight is at place + tap, and both
 * kernels of the convolution are loops over taps and places.
 */

#define LANES ((ptrdiff_t)(VECTOR_BYTES / sizeof(TYPE)))
#define VEC NAME(vec)
#define LOAD(pointer) (*(const VEC *)(pointer))

/* Aligned as one number, since places are anywhere. */
typedef TYPE VEC __attribute__((vector_size(VECTOR_BYTES), aligned(sizeof(TYPE)), may_alias));

/* One image with its zeros. For stride s the columns are sorted by their rest modulo s, so that the
 * inputs of neighbouring output pixels are neighbours: buffer[c][row][rest][column / s]. */
typedef struct {
    const Correlation *of;
    ptrdiff_t rows, pitch;       /* rows of a channel; numbers from one rest to the next */
    ptrdiff_t vectors, per_row;  /* output vectors of an image, and of one of its rows */
    ptrdiff_t taps;              /* weights of a filter */
    ptrdiff_t size;              /* numbers in the buffer */
    ptrdiff_t *tap, *place;
} NAME(Layout);

static int NAME(make_layout)(const Correlation *of, NAME(Layout) *layout) {
    const ptrdiff_t s = of->stride;
    layout->of = of;
    layout->rows = (of->rows - 1) * s + of->filter_height;
    layout->per_row = ceil_div(of->columns, LANES);
    layout->pitch = layout->per_row * LANES + (of->filter_width - 1) / s;
    layout->vectors = of->rows * layout->per_row;
    layout->taps = of->channels * of->filter_height * of->filter_width;
    layout->size = of->channels * layout->rows * s * layout->pitch;
    layout->tap = malloc((size_t)(layout->taps + layout->vectors) * sizeof(ptrdiff_t));
    if (!layout->tap) return -1;
    layout->place = layout->tap + layout->taps;
    ptrdiff_t *tap = layout->tap, *place = layout->place;
    for (ptrdiff_t c = 0; c < of->channels; c++)
        for (ptrdiff_t k = 0; k < of->filter_height; k++)
            for (ptrdiff_t l = 0; l < of->filter_width; l++)
                *tap++ = ((c * layout->rows + k) * s + l % s) * layout->pitch + l / s;
    for (ptrdiff_t i = 0; i < of->rows; i++)
        for (ptrdiff_t j = 0; j < layout->per_row; j++)
            *place++ = i * s * s * layout->pitch + j * LANES;
    return 0;
}

/* buffer[c][row][rest][q] = image[c][row - top][q * s + rest - left], or 0 outside of the image. */
static void NAME(pad_image)(const TYPE *image, TYPE *buffer, const NAME(Layout) *layout) {
    const Correlation *of = layout->of;
    const ptrdiff_t s = of->stride;
    for (ptrdiff_t c = 0; c < of->channels; c++)
        for (ptrdiff_t row = 0; row < layout->rows; row++) {
            const ptrdiff_t y = row - of->top;
            for (ptrdiff_t rest = 0; rest < s; rest++, buffer += layout->pitch) {
                memset(buffer, 0, (size_t)layout->pitch * sizeof(TYPE));
                if (y < 0 || y >= of->height) continue;
                const TYPE *line = image + (c * of->height + y) * of->width;
                /* q * s + rest - left runs over 0 .. width - 1 */
                const ptrdiff_t shift = rest - of->left;
                ptrdiff_t q = shift >= 0 ? 0 : ceil_div(-shift, s);
                if (s == 1) {
                    ptrdiff_t count = of->width - (q + shift);
                    if (count > layout->pitch - q) count = layout->pitch - q;
                    if (count > 0) memcpy(buffer + q, line + q + shift, (size_t)count * sizeof(TYPE));
                } else {
                    for (; q < layout->pitch && q * s + shift < of->width; q++)
                        buffer[q] = line[q * s + shift];
                }
            }
        }
}

/* sums[f][v] = sum over taps t of weights[t][f] * buffer[place[v] + tap[t]], a vector each.
 * PLACES loads and FILTERS broadcasts for FILTERS * PLACES vector multiply-adds. */
TARGET static void NAME(sum_over_taps)(const TYPE *buffer, const ptrdiff_t *place,
                                       const ptrdiff_t *tap, ptrdiff_t taps, const TYPE *weights,
                                       VEC sums[FILTERS][PLACES]) {
    VEC sum[FILTERS][PLACES];
    memset(sum, 0, sizeof sum);
    for (ptrdiff_t t = 0; t < taps; t++, weights += FILTERS) {
        const TYPE *at = buffer + tap[t];
#pragma GCC unroll 8
        for (int v = 0; v < PLACES; v++) {
            const VEC pixels = LOAD(at + place[v]);
#pragma GCC unroll 8
            for (int f = 0; f < FILTERS; f++) sum[f][v] += weights[f] * pixels;
        }
    }
    memcpy(sums, sum, sizeof sum);
}

/* For each filter f and output pixel: out = bias[f] + sum over c, k, l of w * input, one image. */
TARGET static void NAME(correlate)(const TYPE *buffer, const TYPE *weights, const TYPE *bias,
                                   TYPE *out, const NAME(Layout) *layout) {
    const Correlation *of = layout->of;
    VEC sums[FILTERS][PLACES];
    for (ptrdiff_t first = 0; first < layout->vectors; first += PLACES) {
        ptrdiff_t place[PLACES];
        /* A group that is not full repeats its last vector and throws the copies away. */
        const ptrdiff_t left = layout->vectors - first;
        const int used = left < PLACES ? (int)left : PLACES;
        for (int v = 0; v < PLACES; v++)
            place[v] = layout->place[first + (v < used ? v : used - 1)];
        for (ptrdiff_t f = 0; f < of->filters; f += FILTERS) {
            NAME(sum_over_taps)(buffer, place, layout->tap, layout->taps,
                                weights + f * layout->taps, sums);
            for (int g = 0; g < FILTERS && f + g < of->filters; g++)
                for (int v = 0; v < used; v++) {
                    const ptrdiff_t row = (first + v) / layout->per_row;
                    const ptrdiff_t column = (first + v) % layout->per_row * LANES;
                    const ptrdiff_t rest = of->columns - column;
                    const ptrdiff_t count = rest < LANES ? rest : LANES;
                    TYPE *to = out + (f + g) * of->filter_step + row * of->row_step +
                               column * of->column_step;
                    VEC sum = sums[g][v];
                    if (bias) sum += bias[f + g];
                    if (of->column_step == 1 && count == LANES)
                        *(VEC *)to = sum;
                    else
                        for (ptrdiff_t j = 0; j < count; j++) to[j * of->column_step] = sum[j];
                }
        }
    }
}

/* dw[f][t] += sum over all pixels of dout[f][pixel] * input[pixel + tap t], `images` at a time.
 * FILTERS + PLACES loads for FILTERS * PLACES vector multiply-adds; one sum over lanes at the end. */
TARGET static void NAME(add_to_dw)(const TYPE *buffers, const TYPE *douts, ptrdiff_t images, TYPE *dw,
                                   TYPE *db, const NAME(Layout) *layout) {
    const Correlation *of = layout->of;
    const ptrdiff_t pixels = layout->vectors * LANES; /* of one filter in the padded dout */
    for (ptrdiff_t f = 0; f < of->filters; f += FILTERS) {
        const int filters = of->filters - f < FILTERS ? (int)(of->filters - f) : FILTERS;
        for (ptrdiff_t t = 0; t < layout->taps; t += PLACES) {
            const int taps = layout->taps - t < PLACES ? (int)(layout->taps - t) : PLACES;
            ptrdiff_t tap[PLACES];
            for (int u = 0; u < PLACES; u++) tap[u] = layout->tap[t + (u < taps ? u : taps - 1)];
            VEC sum[FILTERS][PLACES];
            memset(sum, 0, sizeof sum);
            for (ptrdiff_t m = 0; m < images; m++) {
                const TYPE *buffer = buffers + m * layout->size;
                /* dout is padded with filters of zeros, so all FILTERS of a block are there */
                const TYPE *dout =
                    douts + (m * ceil_div(of->filters, FILTERS) * FILTERS + f) * pixels;
                for (ptrdiff_t v = 0; v < layout->vectors; v++, dout += LANES) {
                    const TYPE *at = buffer + layout->place[v];
                    VEC gradient[FILTERS];
#pragma GCC unroll 8
                    for (int g = 0; g < FILTERS; g++) gradient[g] = LOAD(dout + g * pixels);
#pragma GCC unroll 8
                    for (int u = 0; u < PLACES; u++) {
                        const VEC input = LOAD(at + tap[u]);
#pragma GCC unroll 8
                        for (int g = 0; g < FILTERS; g++) sum[g][u] += gradient[g] * input;
                    }
                }
            }
            for (int g = 0; g < filters; g++)
                for (int u = 0; u < taps; u++)
                    for (ptrdiff_t j = 0; j < LANES; j++)
                        dw[(f + g) * layout->taps + t + u] += sum[g][u][j];
        }
        for (int g = 0; g < filters; g++) {
            VEC sum;
            memset(&sum, 0, sizeof sum);
            for (ptrdiff_t m = 0; m < images; m++) {
                const TYPE *dout =
                    douts + (m * ceil_div(of->filters, FILTERS) * FILTERS + f + g) * pixels;
                for (ptrdiff_t v = 0; v < layout->vectors; v++) sum += LOAD(dout + v * LANES);
            }
            for (ptrdiff_t j = 0; j < LANES; j++) db[f + g] += sum[j];
        }
    }
}

/* Weights in the order in which `sum_over_taps` reads them: [block of FILTERS][tap][filter], the
 * last block filled up with zeros. */
static void NAME(pack)(const TYPE *w, TYPE *packed, ptrdiff_t filters, ptrdiff_t taps) {
    for (ptrdiff_t f = 0; f < ceil_div(filters, FILTERS) * FILTERS; f++)
        for (ptrdiff_t t = 0; t < taps; t++)
            packed[(f / FILTERS * taps + t) * FILTERS + f % FILTERS] =
                f < filters ? w[f * taps + t] : 0;
}

static Correlation NAME(forward_correlation)(const ConvSizes *z) {
    return (Correlation){z->C,  z->H,     z->W,     z->pad,              z->pad,   z->stride, z->F,
                         z->HH, z->WW,    z->H_out, z->W_out,            z->H_out * z->W_out,
                         z->W_out, 1};
}

static int NAME(conv_forward)(const void *x_data, const void *w, const void *b, void *out_data,
                              const ConvSizes *z) {
    const TYPE *x = x_data;
    TYPE *out = out_data;
    const Correlation of = NAME(forward_correlation)(z);
    NAME(Layout) layout;
    if (NAME(make_layout)(&of, &layout)) return -1;
    const ptrdiff_t packed_size = ceil_div(z->F, FILTERS) * FILTERS * layout.taps;
    TYPE *packed = malloc((size_t)(packed_size + THREADS * layout.size) * sizeof(TYPE));
    if (!packed) return free(layout.tap), -1;
    NAME(pack)(w, packed, z->F, layout.taps);
#pragma omp parallel for schedule(static) if (worth_threads(conv_work(z)))
    for (ptrdiff_t n = 0; n < z->N; n++) {
        TYPE *buffer = packed + packed_size + THREAD * layout.size;
        NAME(pad_image)(x + n * z->C * z->H * z->W, buffer, &layout);
        NAME(correlate)(buffer, packed, b, out + n * z->F * z->H_out * z->W_out, &layout);
    }
    free(packed);
    free(layout.tap);
    return 0;
}

/* dw and db: each thread sums over its images, then the threads' sums are added in their order. */
static int NAME(conv_backward_weights)(const TYPE *dout, const TYPE *x, TYPE *dw, TYPE *db,
                                       const ConvSizes *z) {
    const Correlation of = NAME(forward_correlation)(z);
    NAME(Layout) layout;
    if (NAME(make_layout)(&of, &layout)) return -1;
    const ptrdiff_t dw_size = z->F * layout.taps, threads = worth_threads(conv_work(z)) ? THREADS : 1;
    const ptrdiff_t row = layout.per_row * LANES, filters = ceil_div(z->F, FILTERS) * FILTERS;
    const ptrdiff_t dout_size = filters * layout.vectors * LANES;
    /* Several small images together, so that sums over lanes are rare; half a second-level cache. */
    ptrdiff_t chunk = 524288 / ((layout.size + dout_size) * (ptrdiff_t)sizeof(TYPE));
    const ptrdiff_t share = ceil_div(z->N, threads);
    if (chunk > share) chunk = share;
    if (chunk < 1) chunk = 1;
    const ptrdiff_t workspace = chunk * (layout.size + dout_size) + dw_size + z->F;
    TYPE *memory = calloc((size_t)(threads * workspace), sizeof(TYPE));
    if (!memory) return free(layout.tap), -1;
#pragma omp parallel for schedule(static) num_threads((int)threads)
    for (ptrdiff_t thread = 0; thread < threads; thread++) {
        TYPE *my_dw = memory + thread * workspace, *my_db = my_dw + dw_size;
        TYPE *buffers = my_db + z->F, *douts = buffers + chunk * layout.size;
        const ptrdiff_t end = (thread + 1) * share < z->N ? (thread + 1) * share : z->N;
        for (ptrdiff_t n = thread * share; n < end; n += chunk) {
            const ptrdiff_t images = end - n < chunk ? end - n : chunk;
            for (ptrdiff_t m = 0; m < images; m++) {
                NAME(pad_image)(x + (n + m) * z->C * z->H * z->W, buffers + m * layout.size, &layout);
                for (ptrdiff_t f = 0; f < z->F; f++)
                    for (ptrdiff_t i = 0; i < z->H_out; i++)
                        memcpy(douts + m * dout_size + (f * z->H_out + i) * row,
                               dout + (((n + m) * z->F + f) * z->H_out + i) * z->W_out,
                               (size_t)z->W_out * sizeof(TYPE));
            }
            NAME(add_to_dw)(buffers, douts, images, my_dw, my_db, &layout);
        }
    }
    memset(dw, 0, (size_t)dw_size * sizeof(TYPE));
    memset(db, 0, (size_t)z->F * sizeof(TYPE));
    for (ptrdiff_t thread = 0; thread < threads; thread++) {
        const TYPE *my_dw = memory + thread * workspace;
        for (ptrdiff_t i = 0; i < dw_size; i++) dw[i] += my_dw[i];
        for (ptrdiff_t f = 0; f < z->F; f++) db[f] += my_dw[dw_size + f];
    }
    free(memory);
    free(layout.tap);
    return 0;
}

/* dx: with stride s, the pixels of dx whose row and column leave the same rest modulo s are one
 * stride-1 correlation of dout with every s-th weight, flipped:
 *
 *     dx_padded[c, a * s + p, b * s + q] =
 *         sum over f, m, m' of w[f, c, p + m * s, q + m' * s] * dout[f, a - m, b - m']
 */
static int NAME(conv_backward_data)(const TYPE *dout, const TYPE *w, TYPE *dx, const ConvSizes *z) {
    const ptrdiff_t s = z->stride, plane = z->H * z->W;
    for (ptrdiff_t p = 0; p < s; p++)
        for (ptrdiff_t q = 0; q < s; q++) {
            /* rows a with 0 <= a * s + p - pad < H, and columns b alike */
            const ptrdiff_t a = p >= z->pad ? 0 : ceil_div(z->pad - p, s);
            const ptrdiff_t b = q >= z->pad ? 0 : ceil_div(z->pad - q, s);
            const ptrdiff_t y = a * s + p - z->pad, x = b * s + q - z->pad;
            if (y >= z->H || x >= z->W) continue;
            const ptrdiff_t KH = p < z->HH ? ceil_div(z->HH - p, s) : 0;
            const ptrdiff_t KW = q < z->WW ? ceil_div(z->WW - q, s) : 0;
            const ptrdiff_t rows = ceil_div(z->H - y, s), columns = ceil_div(z->W - x, s);
            if (!KH || !KW) { /* a stride larger than the filter leaves pixels out */
                for (ptrdiff_t i = 0; i < z->N * z->C * rows * columns; i++)
                    dx[i / (rows * columns) * plane + (y + i / columns % rows * s) * z->W + x +
                       i % columns * s] = 0;
                continue;
            }
            const Correlation of = {z->F, z->H_out, z->W_out, KH - 1 - a, KW - 1 - b, 1,     z->C,
                                    KH,   KW,       rows,     columns,    plane,      s * z->W, s};
            NAME(Layout) layout;
            if (NAME(make_layout)(&of, &layout)) return -1;
            const ptrdiff_t blocks = ceil_div(z->C, FILTERS) * FILTERS;
            const ptrdiff_t flipped_size = z->C * layout.taps, packed_size = blocks * layout.taps;
            TYPE *memory = malloc(
                (size_t)(flipped_size + packed_size + THREADS * layout.size) * sizeof(TYPE));
            if (!memory) return free(layout.tap), -1;
            TYPE *flipped = memory, *packed = memory + flipped_size;
            for (ptrdiff_t c = 0; c < z->C; c++)
                for (ptrdiff_t f = 0; f < z->F; f++)
                    for (ptrdiff_t k = 0; k < KH; k++)
                        for (ptrdiff_t l = 0; l < KW; l++)
                            *flipped++ = w[((f * z->C + c) * z->HH + p + (KH - 1 - k) * s) * z->WW +
                                           q + (KW - 1 - l) * s];
            NAME(pack)(memory, packed, z->C, layout.taps);
#pragma omp parallel for schedule(static) if (worth_threads(conv_work(z)))
            for (ptrdiff_t n = 0; n < z->N; n++) {
                TYPE *buffer = packed + packed_size + THREAD * layout.size;
                NAME(pad_image)(dout + n * z->F * z->H_out * z->W_out, buffer, &layout);
                NAME(correlate)(buffer, packed, NULL, dx + n * z->C * plane + y * z->W + x, &layout);
            }
            free(memory);
            free(layout.tap);
        }
    return 0;
}

static int NAME(conv_backward)(const void *dout, const void *x, const void *w, void *dx, void *dw,
                               void *db, const ConvSizes *z) {
    if (NAME(conv_backward_weights)(dout, x, dw, db, z)) return -1;
    return dx ? NAME(conv_backward_data)(dout, w, dx, z) : 0;
}

/* to[j] = the larger of both, and NaN where either is, as np.maximum has it. */
#define LARGER(a, b) ((b) > (a) || (b) != (b) ? (b) : (a))

/* One row of windows: the larger of height * width slices. Memory is the limit: one comparison a
 * number. */
TARGET static inline __attribute__((always_inline)) void NAME(pool_row)(
    const TYPE *x, TYPE *out, const PoolSizes *z, ptrdiff_t height, ptrdiff_t width,
    ptrdiff_t stride) {
    for (ptrdiff_t j = 0; j < z->W_out; j++) {
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
            NAME(pool_row)(x, out, z, 2, 2, 2);
        else
            NAME(pool_row)(x, out, z, z->height, z->width, z->stride);
}

static void NAME(max_pool_forward)(const void *x_data, void *out_data, const PoolSizes *z) {
    const TYPE *x = x_data;
    TYPE *out = out_data;
#pragma omp parallel for schedule(static) if (worth_threads(pool_work(z)))
    for (ptrdiff_t n = 0; n < z->planes; n++)
        NAME(pool_plane)(x + n * z->H * z->W, out + n * z->H_out * z->W_out, z);
}

/* Each window's gradient goes to its first largest number in row-major order. */
static inline __attribute__((always_inline)) void NAME(unpool_plane)(
    const TYPE *dout, const TYPE *x, TYPE *dx, const PoolSizes *z, ptrdiff_t height,
    ptrdiff_t width, ptrdiff_t stride) {
    memset(dx, 0, (size_t)(z->H * z->W) * sizeof(TYPE));
    for (ptrdiff_t i = 0; i < z->H_out; i++)
        for (ptrdiff_t j = 0; j < z->W_out; j++) {
            const ptrdiff_t corner = i * stride * z->W + j * stride;
            ptrdiff_t best = corner;
            TYPE largest = x[corner];
            for (ptrdiff_t k = 0; k < height; k++)
                for (ptrdiff_t l = 0; l < width; l++) {
                    const TYPE value = x[corner + k * z->W + l];
                    const int better = value > largest || (value != value && largest == largest);
                    best = better ? corner + k * z->W + l : best;
                    largest = better ? value : largest;
                }
            dx[best] += dout[i * z->W_out + j];
        }
}

static void NAME(max_pool_backward)(const void *dout_data, const void *x_data, void *dx_data,
                                    const PoolSizes *z) {
    const TYPE *dout = dout_data, *x = x_data;
    TYPE *dx = dx_data;
#pragma omp parallel for schedule(static) if (worth_threads(pool_work(z)))
    for (ptrdiff_t n = 0; n < z->planes; n++) {
        const TYPE *my_dout = dout + n * z->H_out * z->W_out, *my_x = x + n * z->H * z->W;
        TYPE *my_dx = dx + n * z->H * z->W;
        if (z->height == 2 && z->width == 2 && z->stride == 2)
            NAME(unpool_plane)(my_dout, my_x, my_dx, z, 2, 2, 2);
        else
            NAME(unpool_plane)(my_dout, my_x, my_dx, z, z->height, z->width, z->stride);
    }
}

#undef LANES
#undef VEC
#undef LOAD
#undef LARGER
