"""Stories told as tables: when, what happens, and who is told what from then until the next row.

    06:00 | menaka-1 gets 20 L                 | nobody
    12:00 | the compressor of menaka-1 dies    | aminata, moussa: menaka-1 too-warm
    20:00 | the compressor of menaka-1 is well | nobody
    22:00 |                                    |

A row begins with its time of day; a time not later than that of the row before is on the next day. Lines without
a time go on with the row above. What happens is one of the sentences in `verbs`. Who is told what is exact: names, the
unit, whether it is critical, the reason of the incident (`Why`), and what became of it where it did not just open
(`Change`). Nobody is told anything else; several times the same is written `×3`. The last row only ends the story.

Everything but the wires is real: simulated coolers give readings, a device packs them, and from the server's reception
on every stage runs over a spool, a store and a ledger of its own, on a clock that the table sets. Every text is held to
the rules of speech.
"""
