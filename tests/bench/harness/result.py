"""A row's outcome: a figure, what it is held against, and whether the goal holds."""
import dataclasses
import operator
import statistics

HOLDS = {"<=": operator.le, ">=": operator.ge}


@dataclasses.dataclass
class Result:
    """`goal` ("<= 4") is about `ratio` where there is a peer, else about `value`. Ratios are of
    value to beside."""
    row: str
    value: float
    unit: str
    goal: str
    beside: str | None = None
    beside_value: float | None = None
    ratio: float | None = None

    @property
    def holds(self):
        comparison, limit = self.goal.split()
        measured = self.value if self.ratio is None else self.ratio
        return HOLDS[comparison](measured, float(limit))


def alone(row, value, unit, goal):
    return Result(row, value, unit, goal)


def beside(row, pairs, unit, goal, name):
    """Of [(product, peer), …]: the medians of both, and the median of the pairs' ratios."""
    return Result(row, statistics.median(p for p, _ in pairs), unit, goal, name,
                  statistics.median(f for _, f in pairs),
                  statistics.median(p / f for p, f in pairs))
