package import HoldfastJournal
package import HoldfastTransport
package import HoldfastWire

/// Everything the server was told, as types. Paths are absolute, or relative to the working directory when no file was
/// read; values are inside the bounds that the settings table names.
package struct ServerConfiguration: Sendable {
    package enum AnonymousRole: String, Sendable, CaseIterable {
        case none, gateway
    }

    package enum LogFormat: String, Sendable, CaseIterable {
        case text, json
    }

    package var stockHost: String
    package var stockPort: UInt16
    package var stockClientCertificate: TLSConfiguration.ClientCertificate
    package var anonymousRole: AnonymousRole
    package var adminHost: String
    package var adminPort: UInt16

    package var certificateFile: String
    package var privateKeyFile: String
    package var clientCAFile: String
    package var identities: IdentityTable

    /// 0: one a usable core.
    package var reactorCount: Int
    package var shardCount: Int
    /// Start although the clock is far ahead of the journal.
    package var acceptsClock: Bool
    /// Start from a snapshot that has no journal beside it.
    package var acceptsSnapshot: Bool
    /// 0: any number.
    package var lapsesMax: UInt16
    package var retentionMilliseconds: Int64
    /// 0: half of the machine's.
    package var memoryBudgetBytes: UInt64
    /// Table memory that is touched before the server listens.
    package var memoryPrefaultBytes: Int

    package var transportLimits: TransportLimits
    package var callsInFlightMax: Int
    package var controlFramesPerSecondMax: Int
    package var defaultTimeoutMilliseconds: UInt32
    package var stockFrameBytesMax: Int
    package var adminFrameBytesMax: Int
    package var drainMilliseconds: Int

    package var logLevel: String
    package var logFormat: LogFormat
    /// JSON files of sales, in order.
    package var saleFiles: [String]

    package var dataDirectory: String
    package var journalSync: SyncMode
    package var journalSegmentBytes: Int
    package var journalSegmentsAhead: Int
    /// 0: not by size.
    package var snapshotJournalBytes: Int
    /// 0: not by time.
    package var snapshotIntervalMilliseconds: Int
    package var admission: AdmissionSettings

    /// Names of settings that are unsafe in production, for the log and for HELLO.
    package var unsafeSettings: [String] {
        var names: [String] = []
        if self.stockClientCertificate != .required { names.append("stock.client_certificate") }
        if self.anonymousRole != .none { names.append("stock.anonymous_role") }
        if self.journalSync != .group { names.append("journal.sync") }
        if self.admission.mode != .enforce { names.append("admission.mode") }
        return names
    }

    package func sessionLimits(of listener: ListenerKind) -> SessionLimits {
        SessionLimits(
            frameBytesMax: listener == .stock ? self.stockFrameBytesMax : self.adminFrameBytesMax,
            controlFramesPerSecondMax: self.controlFramesPerSecondMax,
            callsInFlightMax: self.callsInFlightMax)
    }
}

/// The two ports. The raw value is the listener's index in the transport.
package enum ListenerKind: Int, Sendable, CaseIterable {
    case stock = 0
    case admin = 1

    package var name: String { self == .stock ? "stock" : "admin" }
}
