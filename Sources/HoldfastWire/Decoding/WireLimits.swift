/// Bounds of fields that the engine never sees.
package enum WireLimits {
    /// Bytes of `client.ip` as text.
    package static let ipBytesMax = 45
    /// Bytes of `client.identity`: a SHA-512 in hex fits.
    package static let identityBytesMax = 128
    /// Bytes of `challenge_solution`.
    package static let challengeSolutionBytesMax = 1_024
    /// Bytes of a Ping's payload.
    package static let pingPayloadBytesMax = 64
    /// Products that one GetStock may name.
    package static let stockProductsMax = 16
    /// Rows of one page: GetStock and ListSales.
    package static let pageRowsMax = 200
    /// Refused rows that one Preload answer lists.
    package static let rejectsMax = 100
    /// Bytes of a lease's holder.
    package static let holderBytesMax = 64
    /// Largest timeout that a frame can carry, and so the longest wait.
    package static let timeoutMillisecondsMax = Int64(UInt32.max)
    /// Field violations that one answer lists.
    package static let violationsMax = 16
    /// Largest `length` of a frame that the server sends.
    package static let answerLengthMax = 64 << 10
    /// Values of `CancelReason`.
    package static let cancelReasonMax: UInt32 = 5
}
