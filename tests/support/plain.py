"""Words of a translated text that should have been translated."""

import re

# What may stay: quotations, code, names with a digit, dot, slash or underscore, exceptions' words.
OWN = (
    *(
        r"第 \d+ 行: .*",
        r"这一行：.*",
        r"\b[A-Z]\w*(?:Error|Exception)\b.*",
        r"“[^”]*”",
        r"`[^`]*`",
        r"'[^']*'",
        r'"[^"]*"',
    ),
    *(r"\bcheck\(.*?\)", r"\S*[_./]\S*", r"\b\w*\d\w*\b"),
)
NAMES = {
    *("out", "loss", "scores", "mode", "train", "test", "stride", "pad", "reg", "eps", "epsilon"),
    *("momentum", "gamma", "beta", "dgamma", "dbeta", "dropout", "params", "grads", "config"),
    *("cache", "velocity", "solver", "seed", "mask", "dtype", "dout", "layers", "tuple", "list"),
    *("float", "object", "return", "None", "NaN", "nan", "inf", "log", "sum", "adam", "rmsprop"),
    *("batchnorm", "layernorm", "FullyConnectedNet", "TwoLayerNet", "ThreeLayerConvNet", "quick"),
    *("ReLU", "Adam", "SGD", "UTF", "Python", "NumPy", "Fortran", "notebook", "zip", "PNG", "JPEG"),
}


def plain_words(text: str) -> list[str]:
    """The words of a translated text that should not have stayed English."""
    for own in OWN:
        text = re.sub(own, " ", text)
    return [word for word in re.findall(r"[A-Za-z]{3,}", text) if word not in NAMES]
