/// What a caller may be (RULES 2). The raw value is the row of the role table.
package enum Role: UInt8, Sendable, CaseIterable {
    /// No certificate, or one that is in no table: Ping only.
    case anonymous = 0
    case gateway = 1
    case service = 2
    case `operator` = 3
    case admin = 4

    package var name: String {
        switch self {
        case .anonymous: "none"
        case .gateway: "gateway"
        case .service: "service"
        case .operator: "operator"
        case .admin: "admin"
        }
    }

    /// Roles that a certificate can have.
    package static let certified: [Role] = [.gateway, .service, .operator, .admin]

    package init?(name: String) {
        guard let role = Role.certified.first(where: { $0.name == name }) else { return nil }
        self = role
    }
}
