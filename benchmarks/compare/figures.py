"""Figures of samples: medians, ratios within a round, peak memory."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.compare.runner import Sample, Scenario


@dataclass(frozen=True, slots=True)
class Key:
    """The key of builds that are compared with each other."""

    place: str
    pages: int
    scenario: Scenario


@dataclass(frozen=True, slots=True)
class Figure:
    """The figures of the builds of a peer. The ratios are medians of the ratios to another peer within each round."""

    wall: float
    cpu: float
    memory: int
    ratio: float | None
    cpu_ratio: float | None
    rounds: int


def figures(samples: Iterable[Sample], other: str) -> Mapping[Key, Mapping[str, Figure]]:
    """The figures of each peer, by kind of build."""
    grouped: dict[Key, dict[str, list[Sample]]] = {}
    for sample in samples:
        key = Key(sample.place, sample.pages, sample.scenario)
        grouped.setdefault(key, {}).setdefault(sample.peer, []).append(sample)
    return {
        key: {peer: _figure(found, peers.get(other, ())) for peer, found in peers.items()}
        for key, peers in grouped.items()
    }


def _figure(samples: Sequence[Sample], others: Sequence[Sample]) -> Figure:
    beside = {sample.round: sample for sample in others}
    pairs = [(sample, beside[sample.round]) for sample in samples if sample.round in beside]
    return Figure(
        statistics.median(sample.wall for sample in samples),
        statistics.median(sample.cpu for sample in samples),
        max(sample.memory for sample in samples),
        statistics.median(one.wall / other.wall for one, other in pairs) if pairs else None,
        statistics.median(one.cpu / other.cpu for one, other in pairs) if pairs else None,
        len(samples),
    )
