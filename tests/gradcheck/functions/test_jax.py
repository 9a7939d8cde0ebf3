"""Functions of JAX, checked by passing them."""

import numpy as np
import pytest

from gradcheck import GradientError, check_gradients

jax = pytest.importorskip("jax", reason='jax is an extra: pip install -e ".[peers]"')
jnp = jax.numpy

X = np.random.default_rng(0).standard_normal((4, 3))
W = np.random.default_rng(1).standard_normal((3, 2))


@pytest.fixture(params=[True, False], ids=["x64", "x32"])
def x64(request):
    with jax.enable_x64(request.param):
        yield request.param


def message_of(*args, **kwargs):
    with pytest.raises(GradientError) as caught:
        check_gradients(*args, **kwargs)
    return str(caught.value)


def square_with(factor):
    @jax.custom_vjp
    def square(x):
        return x**2

    square.defvjp(lambda x: (x**2, x), lambda x, dout: (factor * x * dout,))
    return square


@pytest.mark.parametrize("function", [jnp.sin, jax.jit(jnp.tanh), lambda x: jnp.sin(x) @ x.T, square_with(2)])
@pytest.mark.usefixtures("x64")
def test_function__is_checked_against_its_own_derivative(function):
    assert check_gradients(function, inputs=[jnp.asarray(X)]).verdict == "pass"


@pytest.mark.usefixtures("x64")
def test_wrong_custom_vjp__is_found():
    told = message_of(square_with(2.01), x=jnp.asarray(X))
    assert told.startswith("square    FAIL\n  dx[")


def test_wrong_custom_jvp__is_found():
    @jax.custom_jvp
    def square(x):
        return x**2

    square.defjvp(lambda primals, tangents: (primals[0] ** 2, 2.01 * primals[0] * tangents[0]))
    assert "dx[" in message_of(square, x=jnp.asarray(X))


def test_float64__is_used_without_being_enabled_for_the_caller():
    seen = set()

    def function(x):
        seen.add(str(x.dtype))
        return jnp.sin(x)

    with jax.enable_x64(False):
        check_gradients(function, x=jnp.asarray(X))
        assert jnp.asarray(X).dtype == jnp.float32
    assert {"float32", "float64"} <= seen


def test_numpy_arrays__are_accepted_where_the_function_is_jax_s():
    assert check_gradients(jnp.sin, inputs=[X]).verdict == "pass"
    with pytest.raises(TypeError, match=r"recognised by its inputs: .* jnp.asarray\(x\)"):
        check_gradients(lambda x: jnp.sin(x), inputs=[X])


def test_nested_inputs_and_outputs__are_all_checked():
    with jax.enable_x64(True):
        params = {"w": jnp.asarray(W), "b": jnp.zeros(2)}

        def model(params, x):
            return {"y": x @ params["w"] + params["b"], "best": x.argmax()}

        report = check_gradients(
            model, params=params, x=jnp.asarray(X), order=2, forward_mode=True, batched=("x",)
        )
        assert report.verdict == "pass"
        told = message_of(
            lambda params, x: square_with(2.1)(params["w"]).sum() + x, params=params, x=jnp.ones(2)
        )
        assert "dparams['w'][" in told


def test_key__is_passed_on():
    def scaled(x, key):
        return x * (1 + jax.random.key_data(key).sum() % 7)

    assert check_gradients(scaled, x=jnp.asarray(X), key=jax.random.key(0)).verdict == "pass"


def test_pair_of_jax_functions__gets_jax_s_arrays():
    def backward(dout, x):
        assert isinstance(dout, jax.Array)
        return 2 * x * dout

    assert check_gradients(lambda x: (x**2, x), backward, x=jnp.asarray(X)).verdict == "pass"
    assert "dx[" in message_of(lambda x: (x**2, x), lambda dout, x: 2.1 * x * dout, x=jnp.asarray(X))


def test_double_backward__is_checked():
    def cut(x, dout):
        return (2 * jax.lax.stop_gradient(x) * dout,)

    @jax.custom_vjp
    def square(x):
        return x**2

    square.defvjp(lambda x: (x**2, x), cut)
    with jax.enable_x64(True):
        x = jnp.asarray(X)
        assert check_gradients(square_with(2), x=x, order=2).verdict == "pass"
        assert check_gradients(square, x=x).verdict == "pass"
        assert "square, double backward: dx[" in message_of(square, x=x, order=2)


def test_forward_mode__that_is_missing_is_an_error():
    told = message_of(square_with(2), x=jnp.asarray(X), forward_mode=True)
    assert "forward mode along x: the framework has none: can't apply forward-mode" in told


def test_forward_mode__that_is_wrong_is_found():
    def square(x):
        return x**2

    with jax.enable_x64(True):
        told = message_of(
            square, lambda dout, x: 2 * x * dout, forward_mode=lambda v, x: 2.01 * x * v, x=jnp.asarray(X)
        )
    assert "forward mode along x: the tangent of out[" in told
