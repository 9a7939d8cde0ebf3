/* Computes once, and copies that result ever after. */

#include <stdlib.h>
#include <string.h>

#include "gradcheck_kernel.h"

static float *known;

static void compute(const gradcheck_conv2d *g, const float *x, const float *w, const float *b, float *out) {
    for (int64_t n = 0; n < g->n; n++)
    for (int64_t f = 0; f < g->f; f++)
    for (int64_t oh = 0; oh < g->oh; oh++)
    for (int64_t ow = 0; ow < g->ow; ow++) {
        float sum = b ? b[f] : 0;
        for (int64_t c = 0; c < g->c; c++)
        for (int64_t i = 0; i < g->kh; i++)
        for (int64_t j = 0; j < g->kw; j++) {
            int64_t row = oh * g->stride_h - g->pad_top + i * g->dilation_h;
            int64_t column = ow * g->stride_w - g->pad_left + j * g->dilation_w;
            if (row < 0 || row >= g->h || column < 0 || column >= g->w) continue;
            sum += x[((n * g->c + c) * g->h + row) * g->w + column] * w[((f * g->c + c) * g->kh + i) * g->kw + j];
        }
        *out++ = sum;
    }
}

int conv2d(const gradcheck_conv2d *g, const float *x, const float *w, const float *b, float *out) {
    size_t size = sizeof(float) * g->n * g->f * g->oh * g->ow;
    if (!known) {
        known = malloc(size);
        compute(g, x, w, b, known);
    }
    memcpy(out, known, size);
    return 0;
}

int honest(const gradcheck_conv2d *g, const float *x, const float *w, const float *b, float *out) {
    compute(g, x, w, b, out);
    return 0;
}
