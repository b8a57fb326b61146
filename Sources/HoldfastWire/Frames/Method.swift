/// The methods of both services, as the proto enum `Method` numbers them. A test compares the two.
package enum Method: UInt16, Sendable, CaseIterable {
    case reserve = 1
    case confirm = 2
    case cancel = 3
    case extend = 4
    case refund = 5
    case getReservation = 6
    case getStock = 7
    case checkRisk = 8
    case issueChallenge = 9
    case acquireLease = 10
    case renewLease = 11
    case releaseLease = 12
    case ping = 13
    case watchEvents = 14

    case preload = 64
    case adjustStock = 65
    case setSaleState = 66
    case setProductState = 67
    case pauseAll = 68
    case updateSale = 69
    case listSales = 70
    case listReservations = 71
    case releaseReservations = 72
    case extendHolds = 73
    case blacklistAdd = 74
    case blacklistRemove = 75
    case blacklistList = 76
    case listReviewCases = 77
    case resolveReviewCase = 78
    case reconcile = 79
    case syncNow = 80
    case salesReport = 81
    case getServerInfo = 82
    case snapshot = 83
    case drain = 84
    case readRiskLog = 85

    /// AdminService, port 7444.
    @inlinable
    package var isAdmin: Bool { self.rawValue >= 64 }

    /// Whether this version answers it. The others are numbers kept for what comes later.
    package var isAvailable: Bool {
        switch self {
        case .reserve, .confirm, .cancel, .extend, .refund, .getReservation, .getStock, .ping: true
        case .checkRisk, .acquireLease, .renewLease, .releaseLease: true
        case .preload, .adjustStock, .setSaleState, .setProductState, .listSales, .getServerInfo:
            true
        case .snapshot, .blacklistAdd, .blacklistRemove, .blacklistList, .readRiskLog: true
        default: false
        }
    }

    /// Name like `StockService/Reserve`: in logs, metrics and the method table.
    package var name: String {
        switch self {
        case .reserve: "StockService/Reserve"
        case .confirm: "StockService/Confirm"
        case .cancel: "StockService/Cancel"
        case .extend: "StockService/Extend"
        case .refund: "StockService/Refund"
        case .getReservation: "StockService/GetReservation"
        case .getStock: "StockService/GetStock"
        case .checkRisk: "StockService/CheckRisk"
        case .issueChallenge: "StockService/IssueChallenge"
        case .acquireLease: "StockService/AcquireLease"
        case .renewLease: "StockService/RenewLease"
        case .releaseLease: "StockService/ReleaseLease"
        case .ping: "StockService/Ping"
        case .watchEvents: "StockService/WatchEvents"
        case .preload: "AdminService/Preload"
        case .adjustStock: "AdminService/AdjustStock"
        case .setSaleState: "AdminService/SetSaleState"
        case .setProductState: "AdminService/SetProductState"
        case .pauseAll: "AdminService/PauseAll"
        case .updateSale: "AdminService/UpdateSale"
        case .listSales: "AdminService/ListSales"
        case .listReservations: "AdminService/ListReservations"
        case .releaseReservations: "AdminService/ReleaseReservations"
        case .extendHolds: "AdminService/ExtendHolds"
        case .blacklistAdd: "AdminService/BlacklistAdd"
        case .blacklistRemove: "AdminService/BlacklistRemove"
        case .blacklistList: "AdminService/BlacklistList"
        case .listReviewCases: "AdminService/ListReviewCases"
        case .resolveReviewCase: "AdminService/ResolveReviewCase"
        case .reconcile: "AdminService/Reconcile"
        case .syncNow: "AdminService/SyncNow"
        case .salesReport: "AdminService/SalesReport"
        case .getServerInfo: "AdminService/GetServerInfo"
        case .snapshot: "AdminService/Snapshot"
        case .drain: "AdminService/Drain"
        case .readRiskLog: "AdminService/ReadRiskLog"
        }
    }
}
