/* What a kernel in a shared library looks like: gradcheck kernel ./libmine.so:conv2d
 *
 * All arrays are in C order: x (n, c, h, w), w (f, c / groups, kh, kw), b (f), out (n, f, oh, ow). Their numbers are of
 * the format that --dtype names; bfloat16 is its upper 16 bits, and int8 has int32 outputs. b and db are NULL where
 * there is no bias. A function returns 0, or anything else for what it does not implement.
 */
#include <stdint.h>

typedef struct {
    int64_t n, c, h, w;
    int64_t f, kh, kw;
    int64_t oh, ow;
    int64_t stride_h, stride_w;
    int64_t pad_top, pad_bottom, pad_left, pad_right;
    int64_t dilation_h, dilation_w;
    int64_t groups;
} gradcheck_conv2d;

/* int conv2d(const gradcheck_conv2d *geometry, const void *x, const void *w, const void *b, void *out);
 *
 * and, if there are gradients, under the same name with _backward:
 *
 * int conv2d_backward(const gradcheck_conv2d *geometry, const void *x, const void *w, const void *dout,
 *                     void *dx, void *dw, void *db);
 */
