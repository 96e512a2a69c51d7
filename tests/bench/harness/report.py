"""Results as a table for people, or as one JSON line per goal."""
import json

HEADINGS = ("row", "value", "unit", "beside", "its value", "ratio", "goal", "holds")


def rounded(number):
    """Four significant digits, enough to compare; large numbers stay whole."""
    if number is None:
        return None
    return round(number) if abs(number) >= 1000 else float(f"{number:.4g}")


def json_line(result, is_quick):
    line = {"row": result.row, "value": rounded(result.value), "unit": result.unit,
            "beside": result.beside, "beside_value": rounded(result.beside_value),
            "ratio": rounded(result.ratio), "goal": result.goal, "holds": result.holds}
    if is_quick:
        line["quick"] = True
    return json.dumps(line, ensure_ascii=False)


def table(results):
    def cell(value):
        return "-" if value is None else f"{value:,}" if isinstance(value, (int, float)) else value

    rows = [HEADINGS]
    for r in results:
        rows.append((r.row, cell(rounded(r.value)), r.unit, cell(r.beside),
                     cell(rounded(r.beside_value)), cell(rounded(r.ratio)), r.goal,
                     "yes" if r.holds else "NO"))
    widths = [max(map(len, column)) for column in zip(*rows)]
    return "\n".join("  ".join(text.ljust(width) for text, width in zip(row, widths)).rstrip()
                     for row in rows)
