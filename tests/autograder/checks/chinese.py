"""What of a translated text has stayed English and should not have."""

import re

from daseCV.language import Message, translate

# What may stay: quotations, code, names with a digit, dot, slash or underscore, exceptions' words.
OWN = (
    *(
        r"第 \d+ 行: .*",
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
    *("ReLU", "Adam", "SGD", "UTF", "Python", "NumPy", "Fortran", "notebook", "zip"),
}


def english(text: str) -> list[str]:
    """The words of a translated text that should not have stayed English."""
    for own in OWN:
        text = re.sub(own, " ", text)
    return [word for word in re.findall(r"[A-Za-z]{3,}", text) if word not in NAMES]


def ours(text: str) -> str:
    """A message of a copy of the library as one of the library's."""
    if not hasattr(text, "template"):
        return text
    fields = {name: ours(value) for name, value in text.fields.items()}
    details = {label: ours(detail) for label, detail in text.details.items()}
    return Message.build(text.template, fields, details)


def insist_on_chinese(message: str) -> None:
    """Every line of a message, translated, has no English left."""
    for line in translate(ours(message), "zh").splitlines():
        assert not english(line), line
