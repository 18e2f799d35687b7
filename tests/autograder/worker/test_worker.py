"""A worker: functions called by name, with arrays in a requested layout, and kept objects."""

from collections.abc import Callable

import numpy as np
import pytest

from autograder.worker.client import StudentError, Worker
from autograder.worker.frames import Handle, LaidOutArray

MIB = 2**20
Start = Callable[..., Worker]


# Calls


def test_a_function_is_called_by_its_name(start: Start) -> None:
    worker = start("def double(x): return 2 * x")

    answer = worker.call("layers:double", np.arange(3.0))

    np.testing.assert_array_equal(answer.result, [0, 2, 4])
    assert answer.changed == ()


def test_numbers_texts_lists_and_dicts_pass_unchanged(start: Start) -> None:
    worker = start("def same(*values): return list(values)")
    values = [1, 2.5, "text", None, True, {"stride": 2}, [1, [2]]]

    assert worker.call("layers:same", *values).result == values


def test_a_tuple_is_returned_as_a_tuple_and_a_list_as_a_list(start: Start) -> None:
    worker = start("def both(): return (1, 2), [1, 2]")

    assert worker.call("layers:both").result == ((1, 2), [1, 2])


def test_objects_that_cannot_be_sent_become_handles(start: Start) -> None:
    worker = start(
        """
        class Cache:
            value = 5

        def forward(x): return x, Cache()
        def backward(cache): return cache.value
        """
    )

    _, cache = worker.call("layers:forward", 1).result

    assert isinstance(cache, Handle)
    assert worker.call("layers:backward", cache).result == 5


def test_a_result_that_could_be_sent_stays_on_request(start: Start) -> None:
    worker = start("def forward(x): return x, (x, 1)\ndef backward(cache): return cache[0]")

    out, cache = worker.call("layers:forward", 7, keep=[1]).result

    assert out == 7
    assert isinstance(cache, Handle)
    assert worker.call("layers:backward", cache).result == 7


def test_a_whole_result_stays_on_request(start: Start) -> None:
    worker = start("def forward(): return [1, 2]")

    handle = worker.call("layers:forward", keep=True).result

    assert worker.fetch(handle, 1) == 2


def test_a_method_of_a_kept_object_is_called(start: Start) -> None:
    worker = start(
        """
        class Net:
            def __init__(self, width): self.width = width
            def loss(self, x): return self.width * x
        """
    )

    model = worker.call("layers:Net", 3).result

    assert worker.call(model, 5, path=["loss"]).result == 15


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        (np.zeros((3, 4)), "C writeable"),
        (np.asfortranarray(np.zeros((3, 4))), "F writeable"),
        (LaidOutArray(np.zeros((3, 4)), "strided"), "writeable"),
    ],
    ids=["C order", "Fortran order", "strided"],
)
def test_an_array_arrives_in_the_requested_layout(
    start: Start, argument: object, expected: str
) -> None:
    worker = start(
        """
        def layout(x):
            flags = {"C": x.flags.c_contiguous, "F": x.flags.f_contiguous,
                     "writeable": x.flags.writeable}
            return " ".join(name for name, holds in flags.items() if holds)
        """
    )

    assert worker.call("layers:layout", argument).result == expected


def test_a_strided_array_arrives_with_the_same_numbers(start: Start) -> None:
    worker = start("def same(x): return x")
    array = np.arange(6.0).reshape(2, 3)

    np.testing.assert_array_equal(
        worker.call("layers:same", LaidOutArray(array, "strided")).result, array
    )


def test_arguments_that_were_changed_in_place_are_named(start: Start) -> None:
    worker = start("def clip(x, y, z):\n    y[y < 0] = 0\n    return y")
    arrays = [np.full(3, -1.0) for _ in range(3)]

    assert worker.call("layers:clip", *arrays).changed == (1,)


def test_nan_in_an_argument_is_not_a_change(start: Start) -> None:
    worker = start("def same(x): return x")

    assert worker.call("layers:same", np.array([np.nan])).changed == ()


# Kept objects


def test_a_dict_that_a_layer_writes_to_is_kept_and_can_be_read(start: Start) -> None:
    worker = start("def train(param): param['running_mean'] = param['momentum'] + 1")
    param = worker.keep({"momentum": 0.5})

    worker.call("layers:train", param)

    assert worker.fetch(param, "running_mean") == 1.5


def test_a_model_s_parameters_can_be_set_and_read(start: Start) -> None:
    worker = start("class Net:\n    def __init__(self): self.params, self.reg = {}, 0.0")
    model = worker.call("layers:Net").result

    worker.update(model, "params", value={"W1": np.ones(2)})

    assert worker.fetch(model, "params")["W1"].tolist() == [1, 1]
    assert worker.fetch(model, "reg") == 0.0


def test_the_same_seed_gives_the_same_random_numbers(start: Start) -> None:
    worker = start("import numpy as np\ndef draw(): return np.random.randn(3)")
    drawn = []
    for seed in (7, 7, 8):
        worker.seed(seed)
        drawn.append(worker.call("layers:draw").result.tolist())

    assert drawn[0] == drawn[1] != drawn[2]


def test_forgetting_removes_kept_objects(start: Start) -> None:
    worker = start("")
    handle = worker.keep({"a": 1})

    worker.forget()

    with pytest.raises(StudentError, match="KeyError"):
        worker.fetch(handle, "a")


def test_a_training_step_updates_the_parameters_by_the_student_s_rule(start: Start) -> None:
    worker = start(
        """
        class Net:
            def __init__(self): self.params = {"W": 1.0, "b": 10.0}
            def loss(self, X, y): return X + y, {"W": 2.0, "b": 4.0}

        def sgd(w, dw, config):
            config["steps"] = config.get("steps", 0) + 1
            return w - config["learning_rate"] * dw, config
        """
    )
    model = worker.call("layers:Net").result
    configs = worker.keep({"all": {"learning_rate": 0.5}})

    losses = [worker.step(model, "layers:sgd", configs, 1, 2) for _ in range(2)]

    assert losses == [3, 3]
    assert worker.fetch(model, "params") == {"W": -1.0, "b": 6.0}
    assert worker.fetch(configs, "W", "steps") == 2
    assert worker.fetch(configs, "all") == {"learning_rate": 0.5}
