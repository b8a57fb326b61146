/// What the server takes of an import; the same numbers as the engine's. A test sends a file at each bound.
package enum ImportLimits {
    /// Bytes of an id or a reference.
    package static let idBytesMax = 64
    /// Bytes of a name.
    package static let nameBytesMax = 256
    /// Units of one product, and a limit.
    package static let unitsMax = 2_000_000_000
    /// Units of one purchase.
    package static let quantityMax = 1_000_000
    /// Price of one unit in minor units.
    package static let priceMinorMax = 1_000_000_000_000
    /// Shortest and longest hold, in milliseconds.
    package static let holdMilliseconds = 1_000...14_400_000
    /// Unix milliseconds up to the year 2500.
    package static let timeMillisecondsMax = 16_725_225_600_000
    /// Products and purchases of one import together.
    package static let rowsMax = 200_000
    /// Rows of one chunk. Half of what the server takes.
    package static let chunkRowsMax = 10_000
    /// Bytes of one chunk's body: a frame on the admin port holds 1 MiB.
    package static let chunkBytesMax = 1_000_000
    /// Refused rows that are listed; more are counted.
    package static let rejectsMax = 1_000
    /// Bytes of one CSV field or JSON text. More cannot be right, and a missing quote must not swallow the file.
    package static let fieldBytesMax = 65_536
}
