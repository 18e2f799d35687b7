"""Asking the trusted side for its parts, as stand-ins do: student code gains nothing."""

import resource

import pytest

from .harness import CNN, Arena, Attack
from .test_frames_forged import FORGERY

pytestmark = [pytest.mark.trusted_side, pytest.mark.explained]

# Sends what a stand-in sends, and reads the reply, while other parts are replaced.
ASKING = (
    FORGERY.replace("kept, honest = Frames.Handle(1), conv_forward_naive", "")
    + """
def take():
    return Frames.read_frame(lambda count: b"".join(iter_bytes(count)))
def iter_bytes(count):
    while count:
        part = os.read(ASKING, count)
        if not part: return
        count -= len(part)
        yield part
def ask(part, *given, **named):
    say(id=number(), part=part, given=list(given), named=named)
    return take()
"""
)
PARAMETERS = 1 / 4  # share of cnn_loss for the initial parameters, which are right

# Name, story, lines of softmax_loss. All else in the submission is solved.
ASKED = [
    (
        "the loss itself",
        "Asks for the very part that is wrong, and returns the reply.",
        "return ask('layers.softmax_loss', x, y)['result']",
    ),
    (
        "a part of another name",
        "Asks for a part that does not exist.",
        "return ask('os.system', 'id')['result']",
    ),
    (
        "a part of terabytes",
        "Asks for a product that no machine holds.",
        "ask('layers.affine_forward', np.ones((10**5, 1)), np.ones((1, 10**5)), np.ones(10**5)); "
        "return 1.0, x",
    ),
    (
        "a hundred million groups",
        "Asks for the groups of an image without channels.",
        "none = np.ones((1, 0, 1, 1)); "
        "ask('layers.spatial_groupnorm_forward', none, none, none, 10**8, {}); return 1.0, x",
    ),
    (
        "endless requests",
        "Keeps the trusted side busy.",
        "while True: ask('layers.relu_forward', x)",
    ),
    (
        "no arguments",
        "Sends a message that lacks everything.",
        "say(id=number(), part=None); take(); return 1.0, x",
    ),
]


@pytest.mark.parametrize(
    ("name", "story", "lines"), ASKED, ids=[asked[0].replace(" ", "-") for asked in ASKED]
)
def test_asking_for_a_part_earns_nothing(name: str, story: str, lines: str, arena: Arena) -> None:
    code = f"{ASKING}\ndef softmax_loss(x, y):\n    {lines}"
    attack = Attack(name, story, code, asked=("cnn_loss",), waits="while" in lines)

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    report, seconds = arena.grade(attack)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before

    assert grown < 300 * 2**10  # KiB
    assert report.status in ("graded", "student error", "out of time")
    assert report.share("cnn_loss") <= PARAMETERS
    assert seconds < 180  # the time of one answer, on a busy machine


def test_a_network_s_own_blank_cannot_be_asked_for(arena: Arena) -> None:
    """A check of a network's blanks gives it the reference's layers, never the loss."""
    code = f"""{ASKING}
class ThreeLayerConvNet(ThreeLayerConvNet):
    def loss(self, X, y=None):
        state = {{"params": self.params, "reg": self.reg, "dtype": "float64"}}
        say(id=number(), part="classifiers.cnn.ThreeLayerConvNet.loss", given=[X, y], named={{}},
            state=state)
        return take()["result"]
"""
    attack = Attack("the network's loss", "", code, file=CNN, asked=("cnn_loss", "cnn_gradients"))

    report, _ = arena.grade(attack)

    assert report.share("cnn_gradients") == 0
    assert report.share("cnn_loss") <= PARAMETERS
