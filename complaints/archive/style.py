"""The style of an archive's page: on a screen, and on paper in black and white."""

POLICY = "default-src 'none'; style-src 'unsafe-inline'"

STYLE = """
@page { size: A4; margin: 16mm }
* { box-sizing: border-box }
body { font: 15px/1.6 "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif; color: #1a1a1a; margin: 0 auto;
       max-width: 62rem; padding: 1.5rem }
h1 { font-size: 1.6rem; margin: 0 0 1rem; border-bottom: 3px solid #1a1a1a; padding-bottom: .4rem }
h2 { font-size: 1.1rem; margin: 1.8rem 0 .5rem }
table { width: 100%; border-collapse: collapse }
td, th { text-align: left; vertical-align: top; padding: .35rem .5rem; overflow-wrap: anywhere; white-space: pre-line }
.facts th { width: 9rem; font-weight: normal; color: #555 }
.facts tr + tr td, .facts tr + tr th { border-top: 1px solid #ddd }
.list { table-layout: fixed }
.list th { border-bottom: 2px solid #1a1a1a; font-size: .85rem }
.list td { border-bottom: 1px solid #ccc; font-size: .9rem }
.late td:last-child { font-weight: bold }
.late td:first-child { border-left: 4px solid #1a1a1a }
nav ul { margin: 0; padding-left: 1.2rem }
summary { font-size: 1.1rem; font-weight: bold; margin-top: 1.8rem; cursor: pointer }
footer { margin-top: 2rem; font-size: .8rem; color: #555 }
a { color: #0b4f9e }
@media print {
  body { font-size: 9.5pt; padding: 0; max-width: none }
  thead { display: table-header-group }
  tr { break-inside: avoid }
  nav { display: none }
  a { color: inherit; text-decoration: none }
}
""".strip()
