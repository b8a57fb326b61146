/// One row of "who may see what when" (FORMATS 2): a call while the disk stands still.
struct VisibilityRow: Sendable, CustomStringConvertible {
    enum Port: Sendable { case stock, admin }

    struct Step: Sendable {
        let port: Port
        let method: UInt16
        let body: [UInt8]
    }

    let name: String
    /// Done and on disk before.
    var prepared: [Step] = []
    /// Done while the disk stands still, before the call.
    var unsynced: [Step] = []
    let call: Step
    /// The answer's first field; nil: not looked at. A call that is refused has none.
    var outcome: UInt64?
    let waits: Bool

    var description: String { self.name }
}

extension VisibilityRow.Step {
    static func request(_ number: UInt8) -> [UInt8] { [UInt8](repeating: number, count: 16) }

    static func reserve(
        _ sale: String, user: String, request: UInt8, product: String = "sku", quantity: Int64 = 1
    ) -> Self {
        Self(
            port: .stock, method: MethodNumber.reserve,
            body: ReserveTable.body(
                requestID: self.request(request), sale: Array(sale.utf8), user: Array(user.utf8),
                lines: ReserveTable.line(product, quantity)))
    }

    static func confirm(_ sale: String, request: UInt8) -> Self {
        Self(
            port: .stock, method: MethodNumber.confirm,
            body: Raw.text(1, sale) + Raw.bytes(3, self.request(request)))
    }

    static func cancel(_ sale: String, request: UInt8) -> Self {
        Self(
            port: .stock, method: MethodNumber.cancel,
            body: Raw.text(1, sale) + Raw.bytes(3, self.request(request)))
    }

    static func extend(_ sale: String, request: UInt8) -> Self {
        Self(
            port: .stock, method: MethodNumber.extend,
            body: Raw.text(1, sale) + Raw.bytes(3, self.request(request)))
    }

    static func checkRisk(_ sale: String, user: String) -> Self {
        Self(
            port: .stock, method: MethodNumber.checkRisk,
            body: Raw.text(1, sale) + Raw.text(2, user))
    }

    static func getStock(_ sale: String) -> Self {
        Self(port: .stock, method: MethodNumber.getStock, body: Raw.text(1, sale))
    }

    static func getReservation(_ sale: String, request: UInt8) -> Self {
        Self(
            port: .stock, method: MethodNumber.getReservation,
            body: Raw.text(1, sale) + Raw.bytes(3, self.request(request)))
    }

    static let ping = Self(port: .stock, method: MethodNumber.ping, body: [])

    static func setSaleState(_ sale: String, _ state: Int64, request: UInt8) -> Self {
        Self(
            port: .admin, method: MethodNumber.setSaleState,
            body: Raw.bytes(1, self.request(request)) + Raw.text(2, sale) + Raw.number(3, state))
    }

    static func adjust(
        _ sale: String, _ delta: Int64, request: UInt8, product: String = "sku"
    ) -> Self {
        Self(
            port: .admin, method: MethodNumber.adjustStock,
            body: Raw.bytes(1, self.request(request)) + Raw.text(2, sale) + Raw.text(3, product)
                + Raw.number(4, delta))
    }

    static let listSales = Self(port: .admin, method: MethodNumber.listSales, body: [])
    static let serverInfo = Self(port: .admin, method: MethodNumber.getServerInfo, body: [])
    static let readRiskLog = Self(port: .admin, method: MethodNumber.readRiskLog, body: [])
    static let snapshot = Self(port: .admin, method: MethodNumber.snapshot, body: [])

    /// Bars a buyer; `wide`: a range that must be confirmed.
    static func ban(_ user: String, request: UInt8, wide: Bool = false) -> Self {
        let entry = wide ? Raw.text(4, "10.0.0.0/8") : Raw.text(2, user)
        return Self(
            port: .admin, method: MethodNumber.blacklistAdd,
            body: Raw.bytes(1, self.request(request)) + Raw.bytes(2, entry))
    }

    static func unban(_ user: String, request: UInt8) -> Self {
        Self(
            port: .admin, method: MethodNumber.blacklistRemove,
            body: Raw.bytes(1, self.request(request)) + Raw.bytes(2, Raw.text(2, user)))
    }

    static let listBans = Self(port: .admin, method: MethodNumber.blacklistList, body: [])

    static func acquire(_ name: String, owner: UInt8, waitMilliseconds: Int64 = 0) -> Self {
        Self(
            port: .stock, method: 10,
            body: Raw.text(2, name) + Raw.bytes(3, self.request(owner))
                + Raw.number(4, 60_000) + Raw.number(5, waitMilliseconds))
    }
}
