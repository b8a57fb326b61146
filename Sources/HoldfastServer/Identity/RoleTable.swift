package import HoldfastWire

/// Who may call what, on which port. Default deny: a method that stands in no list is for admins alone, and a number
/// that is no method for nobody.
package enum RoleTable {
    /// One bit a method number, low and high half apart since admin numbers start at 64.
    private struct Row {
        var stock: UInt64 = 0
        var admin: UInt64 = 0

        init(_ methods: [Method]) {
            for method in methods {
                if method.isAdmin {
                    self.admin |= 1 << UInt64(method.rawValue - 64)
                } else {
                    self.stock |= 1 << UInt64(method.rawValue)
                }
            }
        }
    }

    private static let gatewayMethods: [Method] = [
        .reserve, .confirm, .cancel, .extend, .refund, .getReservation, .getStock, .checkRisk,
        .issueChallenge, .ping, .watchEvents,
    ]

    private static let serviceMethods: [Method] = [
        .confirm, .cancel, .extend, .refund, .getReservation, .getStock, .acquireLease,
        .renewLease, .releaseLease, .ping, .watchEvents,
    ]

    /// Reads on both ports, and pausing: of the states that an operator may set, see `allowsState`.
    private static let operatorMethods: [Method] = [
        .getReservation, .getStock, .ping, .watchEvents, .listSales, .listReservations,
        .blacklistList, .listReviewCases, .salesReport, .getServerInfo, .pauseAll, .setSaleState,
        .setProductState, .readRiskLog,
    ]

    private static let anonymousRow = Row([.ping])
    private static let gatewayRow = Row(gatewayMethods)
    private static let serviceRow = Row(serviceMethods)
    private static let operatorRow = Row(operatorMethods)
    private static let adminRow = Row(Method.allCases)

    /// Whether the port answers the method at all: each service lives on one port.
    package static func isServed(_ method: Method, on listener: ListenerKind) -> Bool {
        method.isAdmin == (listener == .admin)
    }

    /// Whether a caller of this role may set a sale or a product to a state that is or is not "paused".
    package static func allowsState(_ role: Role, isPause: Bool) -> Bool {
        role == .admin || (role == .operator && isPause)
    }

    /// Whether a caller of this role may call the method.
    package static func allows(_ role: Role, _ method: Method) -> Bool {
        let row =
            switch role {
            case .anonymous: self.anonymousRow
            case .gateway: self.gatewayRow
            case .service: self.serviceRow
            case .operator: self.operatorRow
            case .admin: self.adminRow
            }
        return method.isAdmin
            ? row.admin & (1 << UInt64(method.rawValue - 64)) != 0
            : row.stock & (1 << UInt64(method.rawValue)) != 0
    }
}
