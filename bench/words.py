"""What people write in the bench: as long as what people write."""

TEXT = (
    "Vor der Schule ist es morgens zu eng: Kinder, Räder und Autos teilen sich "
    "vier Meter. Eine Schulstraße von 7.30 bis 8.15 Uhr würde das ändern, ohne "
    "dass jemand einen Stellplatz verliert."
)
