package import HoldfastJournal
package import HoldfastTransport

extension StartupFailure {
    package init(_ error: ConfigurationError) {
        self.init(error.code == .unknownFlag ? .usage : .configuration, error.message)
    }

    package init(_ error: CertificateError) { self.init(.cannotCreate, error.message) }

    package init(_ failure: SaleLoader.Failure) {
        self.init(failure.cause == .missing ? .noInput : .data, failure.message)
    }

    package init(_ failure: JournalFailure) {
        let status: Status
        switch failure.code {
        case .locked: status = .busy
        case .permissions: status = .forbidden
        case .notOurs, .shardCountMismatch, .newerVersion, .clockAhead: status = .configuration
        case .damaged: status = .damaged
        case .outOfSpace, .io: status = .disk
        }
        self.init(status, "\(failure.message); \(failure.hint) (data.directory)")
    }

    /// - Parameter settings: Which settings the failing thing comes from, like `stock.port`.
    package init(_ error: TransportError, settings: String) {
        let status: Status
        switch error.code {
        case .addressInUse, .resourceExhausted, .connectFailed: status = .unavailable
        case .addressForbidden: status = .forbidden
        case .library: status = .software
        case .fileUnreadable, .certificateUnreadable, .certificateExpired,
            .certificateNotYetValid, .privateKeyUnreadable, .privateKeyMismatch,
            .authorityUnreadable, .authorityInvalid, .addressInvalid, .serverNameInvalid:
            status = .configuration
        }
        self.init(status, "\(error.message); \(error.hint) (\(settings))")
    }
}
