"""Update rules as classes: each by its definition, with an epsilon in its code, and in the forms that others have."""

import pytest

PATH = "optimizers.py"


def verdicts(target):
    return {part.function: str(part.verdict) for part in target.parts}


def test_right_classes__pass_and_their_habits_are_notes(judged):
    target = judged(PATH, hint="place")
    assert verdicts(target) == dict.fromkeys(("SGD", "Momentum", "RMSProp", "Adam"), "pass")
    assert target.dialect == "optimizers"
    said = {part.function: [finding.message for finding in part.findings] for part in target.parts}
    assert said["Adam"] == [
        "its epsilon is 1e-07, in the code; its correction multiplies the learning rate, and epsilon is added to the "
        "root of the uncorrected v: the paper's other form"
    ]
    assert said["RMSProp"] == ["its epsilon is 1e-08, in the code; epsilon is added before the root is taken"]
    assert (said["SGD"], said["Momentum"]) == ([], [])


@pytest.mark.parametrize(
    ("was", "now", "name", "why"),
    [
        ("params[i] -= self.lr", "params[i] += self.lr", "SGD", "uphill"),
        ("self.v[key] - self.lr * grads", "self.v[key] + self.lr * grads", "Momentum", "uphill"),
        ("self.s + (1 - self.rho) * gradient**2", "self.s + (1 - self.rho) * gradient", "RMSProp", None),
        ("        self.iter += 1\n", "        self.iter += len(params)\n", "Adam", None),
    ],
)
def test_single_mistake__is_found_in_its_class(judged, edited, was, now, name, why):
    target = judged(edited(PATH, was, now), hint="mistake")
    (part,) = [part for part in target.parts if part.verdict.is_wrong]
    assert part.function == name
    (fault,) = [finding for finding in part.findings if finding.severity == "fault"]
    assert (fault.explanation is None) if why is None else (why in fault.explanation)


@pytest.mark.parametrize(
    ("was", "now", "name"),
    [
        (
            "lr=0.01, momentum=0.9):\n        self.lr, self.momentum",
            "lr=0.01):\n        self.lr, momentum",
            "Momentum",
        ),
        ("(self, lr=0.01):", "(self, lr=0.01, decay=0.1):", "SGD"),
        ("(self, learning_rate, rho):", "(self, parameters, learning_rate, rho):", "RMSProp"),
        ("calculate_update(self, weights, gradient)", "calculate_update(self, layer)", "RMSProp"),
    ],
)
def test_class_that_is_not_understood__is_not_judged(judged, edited, was, now, name):
    assert name not in verdicts(judged(edited(PATH, was, now), hint="place"))


HELD = "optimizers_held.py"


def test_classes_that_hold_their_parameters__pass(judged):
    assert verdicts(judged(HELD, hint="place")) == dict.fromkeys(
        ("SGD", "Momentum", "RMSProp", "Adam"), "pass"
    )


@pytest.mark.parametrize(
    ("was", "now", "name"),
    [
        ("p.data -= self.lr * self.v[i]", "p.data += self.lr * self.v[i]", "SGD"),
        ("(1 - self.rho) * self.grads[k] ** 2", "self.grads[k] ** 2", "RMSProp"),
        ("(1 - b2**self.t)", "(1 - b1**self.t)", "Adam"),
        ("self.momentum * self.v[i] - self.lr * g", "self.v[i] - self.lr * g", "Momentum"),
    ],
)
def test_mistake_of_one_that_holds_its_parameters__is_found(judged, edited, was, now, name):
    target = judged(edited(HELD, was, now), hint="place")
    assert {part.function for part in target.parts if part.verdict.is_wrong} == {name}


def test_class_that_is_passed_something_else_with_its_parameters__is_not_judged(judged, edited):
    target = judged(edited(HELD, "params, lr, momentum=0.9", "params, model, lr, momentum=0.9"), hint="place")
    assert "Momentum" not in verdicts(target)
