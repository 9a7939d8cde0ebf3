"""Returns integers of 400 digits."""

# expect: affine_forward pass, affine_backward error|fail, relu_forward error|fail, relu_backward error|fail|inconclusive

def affine_forward(x, w, b):
    return x.reshape(x.shape[0], -1) @ w + b, (x, w, b)


def affine_backward(dout, cache):
    return 10**400, -(10**400), [10**400]


def relu_forward(x):
    return 10**400, x


def relu_backward(dout, cache):
    return 10**400
