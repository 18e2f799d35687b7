"""Forged frames: writing to the worker's pipe what the worker itself would not send."""

import pytest

from .harness import CONV, POOL, Arena, Attack

pytestmark = pytest.mark.trusted_side

# `say` sends a frame, `raw` sends bytes; `answer` and `error` are frames as the worker sends them,
# `array` one with an array whose header is made up. `Frames` is the worker's own module.
FORGERY = """
import os, struct, sys, time
Frames = sys.modules["frames"]
ASKING, ANSWERING = int(sys.argv[-2]), int(sys.argv[-1])
def number():
    frame = sys._getframe()
    while "question" not in frame.f_locals: frame = frame.f_back
    return frame.f_locals["question"]["id"]
def raw(data):
    while data: data = data[os.write(ANSWERING, data):]
def say(**message):
    raw(Frames.encode(message))
def answer(*result, **more):
    say(id=number(), result=result, **more)
def error(kinds, message, lines):
    say(id=number(), error={"kinds": kinds, "message": message, "lines": lines})
def text(text, numbers=b""):
    body = struct.pack(">I", len(text)) + text + numbers
    raw(Frames.HEAD.pack(Frames.MAGIC, len(body)) + body)
def array(shape, dtype, data=b""):
    described = f'["{dtype}", {list(shape)}, "C"]'.encode()
    text(b'{"dict":{"id":%d,"result":{"array":%b}}}' % (number(), described), data)
def fill():
    end = os.open(f"/proc/self/fd/{ASKING}", os.O_WRONLY | os.O_NONBLOCK)
    try:
        while True: os.write(end, bytes(4096))
    except BlockingIOError:
        pass
kept, honest = Frames.Handle(1), conv_forward_naive
"""

# Name, story, lines of conv_forward_naive. All else in the submission is solved.
FORGED = [
    ("noise", "Bytes that are not a frame.", "raw(os.urandom(4096))"),
    ("a mark", "A frame that gives itself the points.", "say(id=number(), share=1.0, points=100)"),
    (
        "a huge length",
        "A frame that announces 16 exabytes.",
        "raw(Frames.HEAD.pack(Frames.MAGIC, 2**64 - 1))",
    ),
    (
        "a length and no more",
        "A frame that never ends.",
        "raw(Frames.HEAD.pack(Frames.MAGIC, 2**20)); time.sleep(99)",
    ),
    (
        "byte by byte",
        "A frame that takes a day to arrive.",
        "while True: raw(b'd'); time.sleep(0.3)",
    ),
    ("deep JSON", "Lists a hundred thousand deep.", "text(b'[' * 10**5 + b']' * 10**5)"),
    (
        "wide JSON",
        "Thirty million empty lists, of 2 GB once they are read.",
        "text(b'[' + b'[],' * 3 * 10**7 + b'[]]')",
    ),
    (
        "JSON with a huge number",
        "A number of a million digits.",
        'text(b\'{"id":\' + b"9" * 10**6 + b"}")',
    ),
    ("not JSON", "Bytes that are not a text.", "text(bytes(range(256)))"),
    (
        "an id that is an array",
        "An id that compares to an array.",
        "say(id=np.ones(3), result=None)",
    ),
    (
        "an id that is not a number",
        "An id that is equal to nothing.",
        "say(id=float('nan'), result=None)",
    ),
    (
        "another question's answer",
        "The answer to the question after this one.",
        "say(id=number() + 1, result=None)",
    ),
    ("an earlier answer", "The first answer again.", "say(id=0, ready=True)"),
    (
        "arguments that do not exist",
        "Says that argument 99 was changed.",
        "answer(changed=[99, -99])",
    ),
    ("changes of another type", "Says what was changed by arrays.", "answer(changed=[np.ones(2)])"),
    (
        "an error of infinity",
        "An error in line infinity.",
        "error(['E'], '', [('f', float('inf'), '', '')])",
    ),
    (
        "an error of arrays",
        "An error whose every part is an array.",
        "error(np.ones(2), np.ones(2), np.ones(2))",
    ),
    (
        "an error without a kind",
        "An error that says nothing of its kind.",
        "say(id=number(), error=None)",
    ),
    (
        "an error of surrogates",
        "Characters that no file can hold.",
        "error(['\\ud800'], '\\ud800\\x1b[2J', [])",
    ),
    (
        "an array beyond all indices",
        "No entries, in a shape of 2**200.",
        "array((2**62, 2**138, 0), '<f8')",
    ),
    (
        "an array of objects",
        "A pickle instead of an array.",
        "array((1,), '|O', b'cos\\nsystem\\n(S.id.\\ntR.')",
    ),
    ("an array that is too short", "A shape larger than its bytes.", "array((10**9,), '<f8')"),
    (
        "an array that is not there",
        "Names array 7, of no arrays.",
        'text(b\'{"dict":{"id":%d,"result":{"array":7}}}\' % number())',
    ),
    (
        "handles of its own",
        "Handles that the worker never issued, instead of arrays.",
        "answer(Frames.Handle(-1), Frames.Handle(10**9))",
    ),
    (
        "an array instead of a cache",
        "Sends a result that it should keep.",
        "answer(np.ones(1), np.ones(1))",
    ),
    (
        "an array with a layout",
        "An array with a requested layout, which only questions have.",
        "answer(Frames.LaidOutArray(np.ones(1)), kept)",
    ),
    (
        "two answers",
        "An answer to this question, and one to the next in advance.",
        "answer(np.ones(1), kept); say(id=number() + 1, result=None)",
    ),
    ("closed pipes", "Hangs up, and stays.", "os.close(ANSWERING); time.sleep(99)"),
    (
        "everything closed",
        "Closes all descriptors.",
        "os.closerange(0, 256); time.sleep(99)",
    ),
    (
        "a filled question pipe",
        "Fills the pipe of the questions from the wrong end.",
        "fill(); raw(b'x')",
    ),
]


@pytest.mark.parametrize(
    ("name", "story", "lines"), FORGED, ids=[forged[0].replace(" ", "-") for forged in FORGED]
)
def test_a_forged_answer_loses_its_own_check(
    name: str, story: str, lines: str, arena: Arena
) -> None:
    code = f"{FORGERY}\ndef conv_forward_naive(*arguments):\n    {lines}"
    attack = Attack(
        name, story, code, earns=(POOL,), waits="sleep" in lines or name == "two answers"
    )

    arena.assert_fails(attack)


def test_answers_sent_before_the_questions_gain_nothing(arena: Arena) -> None:
    """It answers ten questions at import, before they are asked, with its own arrays."""
    code = f"""{FORGERY}
for question in range(10):
    say(id=question, result=(np.ones((2, 4, 6, 6)), Frames.Handle(1)), changed=[])
"""
    arena.assert_fails(Attack("answers in advance", "", code, solved=False))


def test_repeating_a_right_answer_gains_nothing(arena: Arena) -> None:
    """It remembers a right answer and sends it for every question of that shape."""
    attack = Attack(
        "a remembered answer",
        "Caches answers by shape, although the inputs of each question differ.",
        """
        honest, remembered = max_pool_forward_naive, {}
        def max_pool_forward_naive(x, pool_param):
            if x.shape not in remembered:
                remembered[x.shape] = honest(x, pool_param)
            return remembered[x.shape]
        """,
        asked=(CONV, POOL, "max_pool_backward_naive"),
        earns=(CONV,),
        honest=0.3,  # the first answer of each shape is right
    )

    arena.assert_fails(attack)
