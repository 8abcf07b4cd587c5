"""The difference between two texts is told line by line."""

from console.engineer.difference import changed_lines


def test_a_difference_shows_what_goes_and_what_comes_with_lines_around() -> None:
    before = "".join(f"{number}\n" for number in range(9))
    assert list(changed_lines(before, before.replace("4", "four"))) == [
        *(("…", ""), (" ", "2"), (" ", "3"), ("-", "4"), ("+", "four"), (" ", "5"), (" ", "6"))
    ]
    assert list(changed_lines(before, before)) == []
