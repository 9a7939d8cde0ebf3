/* Convolutions as somebody might write them in C: a right one with gradients, and wrong ones. */
#include <stdlib.h>
#include <string.h>
#include "gradcheck_kernel.h"

typedef gradcheck_conv2d G;

/* Calls `body` for each product: x[at], w[tap], out[to]. */
#define EACH_PRODUCT(body)                                                                                  \
    for (int64_t n = 0; n < g->n; n++)                                                                      \
    for (int64_t f = 0; f < g->f; f++)                                                                      \
    for (int64_t oh = 0; oh < g->oh; oh++)                                                                  \
    for (int64_t ow = 0; ow < g->ow; ow++) {                                                                \
        int64_t to = ((n * g->f + f) * g->oh + oh) * g->ow + ow, each = g->c / g->groups;                   \
        for (int64_t c = 0; c < each; c++)                                                                  \
        for (int64_t i = 0; i < g->kh; i++)                                                                 \
        for (int64_t j = 0; j < g->kw; j++) {                                                               \
            int64_t row = oh * g->stride_h - g->pad_top + i * g->dilation_h;                                \
            int64_t column = ow * g->stride_w - g->pad_left + j * g->dilation_w;                            \
            if (row < 0 || row >= g->h || column < 0 || column >= g->w) continue;                           \
            int64_t channel = f / (g->f / g->groups) * each + c;                                            \
            int64_t at = ((n * g->c + channel) * g->h + row) * g->w + column;                               \
            int64_t tap = ((f * each + c) * g->kh + i) * g->kw + j;                                         \
            body;                                                                                           \
        }                                                                                                   \
    }

static int64_t outputs(const G *g) { return g->n * g->f * g->oh * g->ow; }

static void start(const G *g, const float *b, float *out) {
    for (int64_t i = 0; i < outputs(g); i++) out[i] = b ? b[i / (g->oh * g->ow) % g->f] : 0;
}

int conv2d(const G *g, const float *x, const float *w, const float *b, float *out) {
    start(g, b, out);
    EACH_PRODUCT(out[to] += x[at] * w[tap])
    return 0;
}

int conv2d_backward(const G *g, const float *x, const float *w, const float *dout, float *dx, float *dw, float *db) {
    memset(dx, 0, sizeof(float) * g->n * g->c * g->h * g->w);
    memset(dw, 0, sizeof(float) * g->f * g->c / g->groups * g->kh * g->kw);
    EACH_PRODUCT(dx[at] += dout[to] * w[tap]; dw[tap] += dout[to] * x[at])
    if (db) memset(db, 0, sizeof(float) * g->f);
    for (int64_t i = 0; db && i < outputs(g); i++) db[i / (g->oh * g->ow) % g->f] += dout[i];
    return 0;
}

int whole(const G *g, const int8_t *x, const int8_t *w, const int8_t *b, int32_t *out) {
    for (int64_t i = 0; i < outputs(g); i++) out[i] = b ? b[i / (g->oh * g->ow) % g->f] : 0;
    EACH_PRODUCT(out[to] += x[at] * w[tap])
    return 0;
}

/* Ignores the stride of the width. */
int one_stride(const G *g, const float *x, const float *w, const float *b, float *out) {
    G same = *g;
    same.stride_w = g->stride_h;
    return conv2d(&same, x, w, b, out);
}

/* Writes one number behind the end, as a loop over blocks of 4 does. */
int one_more(const G *g, const float *x, const float *w, const float *b, float *out) {
    conv2d(g, x, w, b, out);
    out[outputs(g)] = 1;
    return 0;
}

int one_before(const G *g, const float *x, const float *w, const float *b, float *out) {
    conv2d(g, x, w, b, out);
    out[-1] = 1;
    return 0;
}

/* Leaves the last number as it was. */
int one_less(const G *g, const float *x, const float *w, const float *b, float *out) {
    float last = out[outputs(g) - 1];
    conv2d(g, x, w, b, out);
    out[outputs(g) - 1] = last;
    return 0;
}

/* Uses an instruction that needs aligned memory, or so it behaves. */
int aligned_only(const G *g, const float *x, const float *w, const float *b, float *out) {
    conv2d(g, x, w, b, out);
    if ((uintptr_t)x % 16) out[0] += 1;
    return 0;
}

int crashing(const G *g, const float *x, const float *w, const float *b, float *out) {
    if (g->groups > 1) *(volatile int *)0 = 1;
    return conv2d(g, x, w, b, out);
}

int aborting(const G *g, const float *x, const float *w, const float *b, float *out) {
    if (g->groups > 1) abort();
    return conv2d(g, x, w, b, out);
}

int no_groups(const G *g, const float *x, const float *w, const float *b, float *out) {
    return g->groups > 1 ? 1 : conv2d(g, x, w, b, out);
}
