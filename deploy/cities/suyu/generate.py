"""Writes the made-up part of the demo city: run by hand, its output is committed.

    python deploy/cities/suyu/generate.py [--out DIR]

The same seed gives the same bytes. ``divisions.csv`` (real codes and names) is read; areas, grids, cells,
lines for orientation, places, posts, workers, roster, devices, cameras, the calendar, the duty list and
the filing conditions are written.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from random import Random

from district import HERE
from divide_areas import divide
from list_duties import write_duties
from name_places import write_places
from place_things import write_things
from staff_posts import write_people
from write_areas import write_areas
from write_calendar import write_calendar
from write_conditions import write_conditions

SEED = 321311


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=HERE)
    folder = parser.parse_args().out
    folder.mkdir(parents=True, exist_ok=True)
    district = divide(Random(SEED))
    # Each part has a stream of its own: adding a camera must not move a border.
    write_areas(folder, district, Random(SEED + 1))
    write_places(folder, district, Random(SEED + 2))
    write_things(folder, district, Random(SEED + 3))
    write_people(folder, district, Random(SEED + 4))
    write_calendar(folder)
    write_duties(folder)
    write_conditions(folder)


if __name__ == "__main__":
    main()
