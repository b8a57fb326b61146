import ArgumentParser
package import HoldfastClient

/// The exit codes, those of sysexits.h where there is one.
package enum ExitReason: Int32 {
    case ok = 0
    /// The server's answer is no: sold out, not found, …
    case negative = 1
    case usage = 64
    /// A file or a value that the server's rules do not allow.
    case badData = 65
    /// No server to ask, or it takes no more calls now.
    case unavailable = 69
    /// A fault of the server or of this tool.
    case internalFault = 70
    /// The time was up, or nobody knows whether the call took effect.
    case outcomeUnknown = 75
    /// A certificate or a role was refused.
    case notAllowed = 77
    /// Settings or files on this side.
    case configuration = 78

    /// The code for a call that was not decided.
    package init(_ error: HoldfastError) {
        if error.phase == .configuration {
            self = .configuration
            return
        }
        if error.outcome == .unknown {
            self = .outcomeUnknown
            return
        }
        // Another holds the sale's lease: that is how things stand, whatever the code.
        if error.reason == "FENCED" {
            self = .negative
            return
        }
        switch error.code {
        case .unauthenticated, .permissionDenied: self = .notAllowed
        case .deadlineExceeded, .cancelled: self = .outcomeUnknown
        case .invalidArgument, .outOfRange: self = .badData
        case .failedPrecondition, .aborted, .notFound, .alreadyExists: self = .negative
        case .unavailable, .resourceExhausted: self = .unavailable
        case .ok, .unknown, .unimplemented, .internal, .dataLoss, .unrecognized:
            self = .internalFault
        }
    }

    /// Ends the command with this code.
    var thrown: ExitCode { ExitCode(self.rawValue) }
}
