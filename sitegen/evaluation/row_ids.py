"""The ids of the records of a row, which select the values that are for one of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping


class RowIds(frozenset[str]):
    """The ids of the records of a row. `of` are the same ids by their datasets."""

    of: Mapping[str, str]

    def __new__(cls, of: Mapping[str, str]) -> RowIds:
        """The ids in a mapping of datasets."""
        ids = super().__new__(cls, of.values())
        ids.of = of
        return ids

    def among(self, dataset: str, others: Collection[str]) -> frozenset[str]:
        """The ids that select one of the values for each record of a dataset, whose ids are `others`.

        Records of other datasets in the row may have the id of such a record.
        """
        return self - (set(others) - {self.of.get(dataset, "")})
