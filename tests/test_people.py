"""Names of authors: cleaned, parted, told from those of houses."""

from __future__ import annotations

import pytest

from crawler.extractor.people import Houses, clean_names, is_agency, is_name, people_of

HOUSES = Houses(["The Paper", "Le Matin"], "www.thepaper.org")


@pytest.mark.parametrize(
    ("raw", "want"),
    [
        ("By Ann Lee", ("Ann Lee",)),
        ("Written by: Ann Lee", ("Ann Lee",)),
        ("Byron Lee", ("Byron Lee",)),
        ("Von Ann Lee", ("Ann Lee",)),
        ("Von der Leyen", ("Von der Leyen",)),
        ("von: Ann Lee", ("Ann Lee",)),
        ("par Ann Lee", ("Ann Lee",)),
        ("Di Canio", ("Di Canio",)),
        ("Autor: Ann Lee", ("Ann Lee",)),
        ("Ein Artikel von Ann Lee", ("Ann Lee",)),
        ("作者：王小明", ("王小明",)),
        ("文/ 本社记者", ("本社记者",)),
        ("a@e.org (Ann Lee)", ("Ann Lee",)),
        ("a@e.org", ()),
        ("//e.org/ann", ()),
        ("www.e.org", ()),
        ("@annlee", ()),
        ("1234", ()),
        ("null", ()),
        ("x" * 101, ()),
        (" , ", ()),
        ("Ann\n  Lee,", ("Ann Lee",)),
        ("<b>Ann</b> Lee", ("Ann Lee",)),
        ("Ann Lee (ale)", ("Ann Lee",)),
        ("Ann Lee (Berlin)", ("Ann Lee (Berlin)",)),
    ],
)
def test_names(raw: str, want: tuple[str, ...]) -> None:
    assert clean_names([raw]) == want


@pytest.mark.parametrize(
    ("raw", "want"),
    [
        ("Ann Lee and Bob Ray", ("Ann Lee", "Bob Ray")),
        ("Ann Lee, Bob Ray and Élise van Dyk", ("Ann Lee", "Bob Ray", "Élise van Dyk")),
        ("Ann Lee und Bob Ray, dpa", ("Ann Lee", "Bob Ray", "dpa")),
        ("Ann Lee og Bob Ray", ("Ann Lee", "Bob Ray")),
        ("Ann Lee & Bob Ray", ("Ann Lee", "Bob Ray")),
        ("Ann Lee / Bob Ray", ("Ann Lee", "Bob Ray")),
        ("Ann Lee; Bob Ray", ("Ann Lee", "Bob Ray")),
        ("ale/bra;cos", ("ale/bra", "cos")),
        ("周小满、李四", ("周小满", "李四")),
        ("Ann Lee, Berlin", ("Ann Lee",)),
        ("Ann Lee und Bob Ray, Berlin", ("Ann Lee", "Bob Ray")),
        ("Ann Lee, Ph.D.", ("Ann Lee, Ph.D.",)),
        ("Lee, Ann", ("Lee, Ann",)),
        ("Ramón y Cajal", ("Ramón y Cajal",)),
        ("Research and Development", ("Research and Development",)),
        ("Le Matin et AFP", ("Le Matin et AFP",)),
    ],
)
def test_several_names_on_a_line_are_parted(raw: str, want: tuple[str, ...]) -> None:
    assert clean_names([raw], HOUSES) == want


def test_a_name_counts_once() -> None:
    assert clean_names(["Ann Lee", "ANN LEE", "Bob"]) == ("Ann Lee", "Bob")


def test_a_directory_is_no_list_of_authors() -> None:
    assert len(clean_names([f"Ann Lee{'x' * i}" for i in range(90)])) == 50
    assert len(clean_names([", ".join(f"Ann L{'x' * i}" for i in range(90))])) == 50
    assert clean_names(["Ann Lee, " * 9000]) == ("Ann Lee",)


@pytest.mark.parametrize(
    "name", ["Ann Lee", "ANN LEE", "Dr. Ann Lee", "Élise van Dyk", "Jean-Luc d’Arc Martin", "周小满", "김민수 기자"]
)
def test_what_looks_like_a_name(name: str) -> None:
    assert is_name(name)


@pytest.mark.parametrize(
    "text", ["", "Ann", "the river", "On Monday it rained", "Ann Lee, Berlin", "Read More", "News Desk", "著者一覧"]
)
def test_what_does_not(text: str) -> None:
    assert not is_name(text)


def test_agencies() -> None:
    assert is_agency("dpa")
    assert is_agency("AFP")
    assert not is_agency("Ann Lee")


@pytest.mark.parametrize(
    "name",
    [
        "The Paper",
        "the-paper",
        "thepaper.org",
        "THEPAPER",
        "Redaktion",
        "Thepaper Sport",
        "Le Matin",
        "Web (thepaper.org)",
    ],
)
def test_names_of_the_house(name: str) -> None:
    assert HOUSES.is_one(name)
    assert people_of([name, "Ann Lee"], HOUSES) == ("Ann Lee",)


def test_a_title_is_the_house_only_when_it_is_nothing_more() -> None:
    assert HOUSES.is_named("The Paper")
    assert not HOUSES.is_named("Thepaper wins a prize")
    assert not HOUSES.is_named("Twitter buys a newspaper")
    assert not Houses([], "").is_named("")
