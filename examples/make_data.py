"""Makes the data of the examples: invented shops and an invented support desk, always the same.

    python examples/make_data.py

Nothing here comes from a real company. The seed is fixed, so a second run writes the same bytes.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).resolve().parent
SEED = 20261022

STORES = [
    # id, store, country, size (1 = an ordinary shop)
    ("NO1", "Oslo Karl Johan", "Norway", 1.62), ("NO2", "Bergen Torget", "Norway", 1.08),
    ("NO3", "Trondheim Solsiden", "Norway", 0.82), ("NO4", "Stavanger Øst", "Norway", 0.66),
    ("NO5", "Tromsø Storgata", "Norway", 0.51),
    ("SE1", "Stockholm Norrmalm", "Sweden", 1.55), ("SE2", "Göteborg Nordstan", "Sweden", 1.14),
    ("SE3", "Malmö Triangeln", "Sweden", 0.88), ("SE4", "Uppsala Svava", "Sweden", 0.64),
    ("SE5", "Umeå Utopia", "Sweden", 0.47),
    ("DK1", "København Nørrebro", "Denmark", 1.24), ("DK2", "Aarhus Latin", "Denmark", 0.79),
    ("DK3", "Odense Rosengård", "Denmark", 0.58), ("DK4", "Aalborg Friis", "Denmark", 0.49),
    ("FI1", "Helsinki Kamppi", "Finland", 1.05), ("FI2", "Tampere Ratina", "Finland", 0.67),
    ("FI3", "Turku Hansa", "Finland", 0.55), ("FI4", "Oulu Valkea", "Finland", 0.43),
]  # fmt: skip

CATEGORIES = {
    # share of the orders, mean basket in euro, week of the year in which it peaks, how much, share sent back
    "Tents": (0.16, 118.0, 25, 0.75, 0.031),
    "Jackets": (0.21, 84.0, 43, 0.45, 0.062),
    "Footwear": (0.24, 61.0, 39, 0.20, 0.081),
    "Packs": (0.15, 52.0, 27, 0.35, 0.028),
    "Climbing": (0.13, 38.0, 22, 0.40, 0.019),
    "Food & fuel": (0.11, 17.0, 28, 0.60, 0.004),
}
GROWTH = {"Norway": 0.07, "Sweden": 0.13, "Denmark": -0.04, "Finland": 0.11}
"""Orders a year."""


def sales(rng: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Weekly sales of each store and category over a year, and the stores."""
    weeks = pd.date_range("2025-10-20", "2026-10-12", freq="W-MON")
    stores = pd.DataFrame(STORES, columns=["store_id", "store", "country", "size"])
    year = np.arange(len(weeks)) / 52
    of_year = weeks.isocalendar().week.to_numpy(dtype=float)
    rows = []
    for store in stores.itertuples():
        trend = (1 + GROWTH[store.country]) ** year
        mood = np.exp(np.cumsum(rng.normal(0, 0.025, len(weeks))) * 0.6)
        for category, (share, basket, peak, strength, sent_back) in CATEGORIES.items():
            season = np.exp(strength * np.cos(2 * np.pi * (of_year - peak) / 52))
            orders = rng.poisson(620 * store.size * share * trend * mood * season)
            price = basket * rng.normal(1, 0.06, len(weeks)) * (1.06 if store.country == "Norway" else 1)
            rows.append(
                pd.DataFrame(
                    {
                        "week": weeks.strftime("%Y-%m-%d"),
                        "store_id": store.store_id,
                        "category": category,
                        "orders": orders,
                        "revenue": (orders * price).round().astype(int),
                        "returned": rng.binomial(orders, sent_back),
                    }
                )
            )
    return pd.concat(rows).sort_values(["week", "store_id"], kind="stable"), stores.drop(columns="size")


DAY = {
    # The shape of a day: contacts in each half hour from 08:00, as shares of the busiest one.
    "Orders": [.42, .60, .82, .95, 1.0, .98, .90, .78, .70, .74, .82, .88, .85, .78, .70, .62, .55, .48, .44, .40],
    "Returns": [.30, .45, .60, .74, .85, .92, .88, .80, .82, .90, .97, 1.0, .95, .88, .80, .70, .66, .62, .55, .45],
    "Technical": [.55, .75, .92, 1.0, .96, .90, .84, .76, .72, .70, .72, .74, .70, .66, .60, .58, .62, .66, .60, .50],
}  # fmt: skip
BUSIEST = {"Orders": 46, "Returns": 31, "Technical": 22}
WEEKDAY = [1.22, 1.08, 1.0, 0.97, 0.94, 0.58, 0.36]


def contacts(rng: np.random.Generator) -> pd.DataFrame:
    """Contacts of a support desk in each half hour of six weeks."""
    rows = []
    for day in pd.date_range("2026-09-07", "2026-10-18", freq="D"):
        luck = rng.normal(1, 0.07)
        for queue, shape in DAY.items():
            expected = BUSIEST[queue] * np.array(shape) * WEEKDAY[day.day_of_week] * luck
            starts = day + pd.to_timedelta(8 * 60 + 30 * np.arange(len(shape)), unit="min")
            rows.append(
                pd.DataFrame(
                    {"start": starts.strftime("%Y-%m-%d %H:%M"), "queue": queue, "contacts": rng.poisson(expected)}
                )
            )
    return pd.concat(rows).sort_values("start", kind="stable")


if __name__ == "__main__":
    weekly, stores = sales(np.random.default_rng(SEED))
    weekly.to_csv(HERE / "store-sales.csv", index=False, lineterminator="\n")
    stores.to_csv(HERE / "stores.csv", index=False, lineterminator="\n")
    contacts(np.random.default_rng(SEED + 1)).to_csv(HERE / "support-desk.csv", index=False, lineterminator="\n")
