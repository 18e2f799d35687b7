"""Using given code to solve a blank: the fast layers, their kernels, numerical gradients."""

from .harness import CONV, POOL, Arena, Attack, cases

BACK = "conv_backward_naive"
REFUSED = "is not allowed inside conv_forward_naive"


@cases(
    Attack(
        "the fast layer",
        "Calls the given layer that does the same.",
        """
        from daseCV.fast_layers import conv_forward_fast
        def conv_forward_naive(*arguments): return conv_forward_fast(*arguments)
        """,
        earns=(POOL,),
        says=REFUSED,
    ),
    Attack(
        "the fast layer by another name",
        "Finds the given layer among the modules that are loaded, without naming it.",
        """
        import daseCV.fast_layers, sys
        def conv_forward_naive(*arguments):
            name = "_".join(["conv", "forward", "fast"])
            return getattr(sys.modules[".".join(["daseCV", "fast_layers"])], name)(*arguments)
        """,
        earns=(POOL,),
        says=REFUSED,
    ),
    Attack(
        "the kernels",
        "Calls the compiled extension below the fast layers.",
        """
        from daseCV import im2col_cython
        def conv_forward_naive(x, w, b, conv_param):
            return im2col_cython.conv_forward(x, w, b, *conv_param.values()), None
        """,
        earns=(POOL,),
        says="im2col_cython.conv_forward " + REFUSED,
    ),
    Attack(
        "the fast layers with NumPy alone",
        "Calls the replacement of the compiled extension.",
        """
        from daseCV import fast_numpy
        def conv_forward_naive(*arguments): return fast_numpy.conv_forward(*arguments), None
        """,
        earns=(POOL,),
        says=REFUSED,
    ),
    Attack(
        "numerical gradients",
        "Lets the given checker differentiate the forward pass.",
        """
        from daseCV.gradient_check import eval_numerical_gradient_array
        def conv_backward_naive(dout, cache):
            x, w, b, p = cache
            def gradient(f, at): return eval_numerical_gradient_array(f, at, dout)
            dx = gradient(lambda x: conv_forward_naive(x, w, b, p)[0], x)
            dw = gradient(lambda w: conv_forward_naive(x, w, b, p)[0], w)
            return dx, dw, gradient(lambda b: conv_forward_naive(x, w, b, p)[0], b)
        """,
        asked=(CONV, BACK),
        earns=(CONV,),
        says="is not allowed inside conv_backward_naive",
    ),
    Attack(
        "the public checks",
        "Borrows the reference that the public checks compare with.",
        """
        def conv_forward_naive(*arguments):
            from daseCV.checks.questions import convolution
            return convolution.conv_forward_fast(*arguments)
        """,
        earns=(POOL,),
        says="is not allowed inside",
    ),
    Attack(
        "a fresh import",
        "Drops the guarded modules and imports them again.",
        """
        def conv_forward_naive(*arguments):
            import sys
            for name in [name for name in sys.modules if name.startswith("daseCV")]:
                del sys.modules[name]
            from daseCV.fast_layers import conv_forward_fast
            return conv_forward_fast(*arguments)
        """,
        earns=(POOL,),
        says="is not allowed inside",
    ),
    Attack(
        "a reload",
        "Reloads the guarded module, and removes the guard's mark.",
        """
        import importlib
        from daseCV import fast_layers
        def conv_forward_naive(*arguments):
            del fast_layers.CURRENT_BLANK
            return importlib.reload(fast_layers).conv_forward_fast(*arguments)
        """,
        earns=(POOL,),
        says="is not allowed inside",
    ),
    Attack(
        "the guard's own attributes",
        "Replaces the guard's refusal.",
        """
        from daseCV import fast_layers
        fast_layers.NotAllowed = fast_layers.__getattr__ = lambda *_: None
        def conv_forward_naive(*arguments): return fast_layers.conv_forward_fast(*arguments)
        """,
        earns=(POOL,),
        says="TypeError",
    ),
    Attack(
        "the extension from disk",
        "Looks for the compiled kernels beside the package, in the environment and everywhere.",
        """
        import glob, importlib.machinery, importlib.util, os, sys
        places = [os.path.dirname(__file__), sys.prefix, sys.prefix + "/..", "/var/cache", ROOT]
        found = [glob.glob(f"{place}/**/im2col_cython*.so", recursive=True) for place in places]
        def conv_forward_naive(*arguments):
            for paths in found:
                for path in paths:
                    loader = importlib.machinery.ExtensionFileLoader("im2col_cython", path)
                    spec = importlib.util.spec_from_loader("im2col_cython", loader)
                    return importlib.util.module_from_spec(spec).conv_forward(*arguments), None
            raise FileNotFoundError("no kernels")
        """,
        earns=(POOL,),
        says="no kernels",
    ),
    Attack(
        "the other tree",
        "Climbs to the folder where the fast layers do work.",
        """
        import os, sys
        def conv_forward_naive(*arguments):
            whole = os.path.realpath(__file__ + "/../../../whole")
            sys.path.insert(0, whole)
            for name in [name for name in sys.modules if name.startswith("daseCV")]:
                del sys.modules[name]
            from daseCV.fast_layers import conv_forward_fast
            return conv_forward_fast(*arguments)
        """,
        earns=(POOL,),
        says="is not allowed inside",
    ),
    Attack(
        "other people's convolution",
        "Takes it from a library that happens to be installed.",
        """
        def conv_forward_naive(x, w, b, p):
            try:
                import torch
            except ImportError:
                from scipy.signal import correlate
        """,
        earns=(POOL,),
        says="No module named 'scipy'",
    ),
)
def test_given_code_solves_no_blank(attack: Attack, arena: Arena) -> None:
    arena.assert_fails(attack)


NUMERICAL = """
from ..gradient_check import eval_numerical_gradient
def _given(honest):
    def loss(self, X, y=None):
        if y is None: return honest(self, X)
        def g(w, h):
            return eval_numerical_gradient(
                lambda _: honest(self, X, y)[0], w, verbose=False, h=h)
        return honest(self, X, y)[0], {
            n: (4*g(w, 1e-4) - g(w, 2e-4))/3 for n, w in self.params.items()}
    return loss
"""


@cases(
    *(
        Attack(
            f"numerical gradients in {network}",
            "Lets the given checker differentiate a network's loss.",
            f"{NUMERICAL}{network}.loss = _given({network}.loss)\n",
            file=file,
            asked=(check,),
            honest=share,
            says="eval_numerical_gradient is not allowed inside",
        )
        for network, file, check, share in (
            ("TwoLayerNet", "daseCV/classifiers/fc_net.py", "two_layer_net", 0.4),
            ("FullyConnectedNet", "daseCV/classifiers/fc_net.py", "fully_connected_net", 0.4),
            ("ThreeLayerConvNet", "daseCV/classifiers/cnn.py", "cnn_gradients", 0.0),
        )
    )
)
def test_numerical_gradients_solve_no_network(arena: Arena, attack: Attack) -> None:
    arena.assert_fails(attack)
