package import HoldfastEngine

/// What a Reserve says of the buyer, for admission. Empty views and 0: not said.
package struct ClientInfo {
    /// An IPv4 or IPv6 address in text; its syntax was checked.
    package var ip: ByteView = .empty
    /// `ip` is dotted, and this is the number that it names. False may also mean that nobody has looked.
    package var isIPv4 = false
    package var ipv4: UInt32 = 0
    package var deviceID: ByteView = .empty
    /// Unix milliseconds, 0 unknown.
    package var accountCreatedMilliseconds: Int64 = 0
    package var identity: ByteView = .empty
    package var challengeSolution: ByteView = .empty

    @inlinable
    package init() {}

    @inlinable
    package var hasIP: Bool { !self.ip.isEmpty }
    @inlinable
    package var hasDevice: Bool { !self.deviceID.isEmpty }
}

/// A CheckRisk: an order that is not made.
package struct RiskQuery {
    package var saleID: ByteView
    package var userID: ByteView
    /// 0…16 lines of distinct products.
    package var lines: LineRequests
    package var client: ClientInfo
}

/// A ReadRiskLog.
package struct RiskLogQuery {
    /// Empty: everybody's entries.
    package var userID: ByteView
    /// 1…200.
    package var pageSize: Int
    /// Which part of the log to go on in, and below which entry of it.
    package var part: Int
    package var below: Int
}

/// A request as the server goes on with it. Views point into the frame or the arena: they live until the turn ends.
package enum Decoded {
    /// For the engine; `ClientInfo` is filled by Reserve only.
    case engine(Command, ClientInfo)
    case ping(payload: ByteView)
    /// `pageSize` is 1…200; an empty token is the start.
    case listSales(pageSize: Int, pageToken: ByteView)
    case checkRisk(RiskQuery)
    case blacklistList(BlacklistQuery)
    case getServerInfo
    case readRiskLog(RiskLogQuery)
    case snapshot
    /// INVALID_ARGUMENT, with a violation for each field that is wrong, 16 at most.
    case invalid(Status)
    /// A method that this version does not answer yet.
    case unimplemented(Status)
}
