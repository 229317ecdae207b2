"""Files of votes in the field's formats: pure readers and writers, no database.

`preflib` (.soc .soi .toc .toi), `pabulib` (.pb), `own` (our ballot file), `table`
(CSV) and `polis` (Pol.is export). Every reader gives a `VoteFile`, or an `OptionList`
where only the options are wanted (`options`), and refuses what it does not understand
by a `FileUnreadable` that names the line.
"""
