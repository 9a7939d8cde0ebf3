/* Convolutions that change what they are given, or lose their place where an index is short. */
#include "convolutions.c"

/* Scales the weights in place, and scales them back, but not the last one. */
int changes_w(const G *g, const float *x, const float *w, const float *b, float *out) {
    conv2d(g, x, w, b, out);
    ((float *)w)[g->f * g->c / g->groups * g->kh * g->kw - 1] *= 2;
    return 0;
}

int changes_x(const G *g, const float *x, const float *w, const float *b, float *out) {
    conv2d(g, x, w, b, out);
    ((float *)x)[0] += 1;
    return 0;
}

int changes_b(const G *g, const float *x, const float *w, const float *b, float *out) {
    conv2d(g, x, w, b, out);
    if (b) ((float *)b)[0] += 1;
    return 0;
}

int changes_dout(const G *g, const float *x, const float *w, const float *b, float *out) {
    return conv2d(g, x, w, b, out);
}

int changes_dout_backward(const G *g, const float *x, const float *w, const float *dout, float *dx, float *dw,
                          float *db) {
    conv2d_backward(g, x, w, dout, dx, dw, db);
    ((float *)dout)[outputs(g) - 1] = 0;
    return 0;
}

/* Writes before what it is given. */
int before_x(const G *g, const float *x, const float *w, const float *b, float *out) {
    conv2d(g, x, w, b, out);
    ((float *)x)[-1] = 0;
    return 0;
}

/* Counts the columns of a row in 6 bits. */
int short_row(const G *g, const float *x, const float *w, const float *b, float *out) {
    conv2d(g, x, w, b, out);
    for (int64_t i = 0; i < outputs(g); i++)
        if (i % g->ow >= 64) out[i] = out[i - 64];
    return 0;
}

/* Steps from row to row by the width of the output. */
int row_stride(const G *g, const float *x, const float *w, const float *b, float *out) {
    conv2d(g, x, w, b, out);
    if (g->groups > 1 && g->f > g->groups && g->c > g->groups && g->w != g->ow) out[g->ow] += 1;
    return 0;
}
