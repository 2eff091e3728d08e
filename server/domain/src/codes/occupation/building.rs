//! Occupations of sites and workshops, and of what moves goods and people: groups 8 to 12.

use super::{Row, rows};

pub(super) const ROWS: &[Row] = rows! {
    801 "bricklayer" "6-29-01-01" "砌筑工" "Bricklayer" "瓦工 抹灰工 瓦匠";
    802 "concreter" "6-29-01-03" "混凝土工" "Concreter" "砼工";
    803 "steel_fixer" "6-29-01-04" "钢筋工" "Steel fixer" "钢筋";
    804 "scaffolder" "6-29-01-05" "架子工" "Scaffolder" "架工";
    805 "waterproofer" "6-29-02-08" "防水工" "Waterproofing worker" "防水";
    806 "road_builder" "6-29-02-03" "筑路工" "Road builder" "摊铺工 压路机司机";
    807 "excavator_operator" "6-30-05-05" "挖掘机司机" "Excavator operator"
        "挖掘铲运和桩工机械司机 挖掘机 铲车司机 装载机司机";
    808 "site_labourer" "" "建筑力工" "Site labourer" "力工 小工 工地工人";
    809 "site_engineer" "" "施工员" "Site engineer" "土建工程师 现场工程师 土建技术员 施工技术员";
    810 "cost_estimator" "2-02-30-10" "造价员" "Cost estimator" "工程造价工程技术人员 预算员 造价工程师";
    811 "surveyor" "4-08-03-04" "工程测量员" "Surveyor" "测量员 放线员";
    812 "supervisor" "2-02-30-07" "监理员" "Construction supervisor" "监理工程技术人员 监理工程师 监理";
    813 "document_clerk" "" "资料员" "Site document clerk" "工程资料员 内业员";
    901 "decorator" "6-29-04-01" "装饰装修工" "Decorator" "装修工 油漆工 刮大白 贴砖工";
    902 "plumber" "6-29-03-04" "管工" "Plumber" "水暖工 水电工 管道工 管道安装工";
    903 "electrical_installer" "6-29-03-02" "电气设备安装工" "Electrical installer" "安装电工 强电安装";
    904 "lift_mechanic" "6-29-03-03" "电梯安装维修工" "Lift mechanic" "电梯维保工 电梯工 电梯维保";
    905 "air_conditioning_installer" "6-29-03-05" "制冷空调系统安装维修工" "Air-conditioning installer"
        "空调安装工 空调维修工 制冷工";
    906 "window_fitter" "6-29-04-02" "建筑门窗幕墙安装工" "Window and facade fitter" "门窗安装工 幕墙工";
    907 "car_mechanic" "4-12-01-01" "汽车维修工" "Car mechanic" "汽修工 汽车机修 钣金工 汽修学徒 洗车工";
    908 "appliance_repairer" "4-12-03-01" "家用电器产品维修工" "Appliance repairer" "家电维修 家电安装";
    909 "computer_repairer" "4-12-02-01" "计算机维修工" "Computer repairer" "电脑维修 手机维修";
    910 "security_installer" "4-07-05-04" "安全防范系统安装维护员" "Security system installer"
        "弱电工 监控安装";
    911 "line_technician" "4-04-02-02" "信息通信网络线务员" "Telecom line technician"
        "宽带安装员 线务员 装维工程师";
    912 "maintenance_worker" "" "综合维修工" "General maintenance worker" "维修工 工程维修 水电维修";
    1001 "warehouse_keeper" "4-02-06-01" "仓储管理员" "Warehouse keeper" "仓管员 库管员 仓库管理员 保管员 库管";
    1002 "tally_clerk" "4-02-06-02" "理货员" "Tally clerk" "拣货员 配货员 备货员";
    1003 "loader" "4-02-05-01" "装卸搬运工" "Loader" "装卸工 搬运工 力资";
    1004 "forklift_driver" "" "叉车工" "Forklift driver" "叉车司机 叉车";
    1005 "cold_store_worker" "4-02-06-04" "冷藏工" "Cold store worker" "冷库工 冷库管理员";
    1006 "freight_agent" "4-02-05-03" "货运代理服务员" "Freight agent" "货代 货代操作 船务操作 单证员";
    1007 "logistics_clerk" "4-02-06-03" "物流服务师" "Logistics clerk" "物流专员 物流员 物流文员";
    1008 "customs_declarant" "2-06-07-12" "报关人员" "Customs declarant" "报关员 报检员";
    1009 "buyer" "4-01-01-00" "采购员" "Buyer" "采购专员 采购";
    1010 "dispatcher" "4-02-02-05" "道路运输调度员" "Dispatcher" "调度员 车辆调度";
    1101 "lorry_driver" "4-02-02-02" "货车司机" "Lorry driver"
        "道路货运汽车驾驶员 半挂司机 厢货司机 a2司机 b2司机 大货司机 冷链司机";
    1102 "bus_driver" "4-02-02-01" "客车司机" "Bus driver"
        "客运车辆驾驶员 公交司机 公交车驾驶员 出租车司机 网约车司机 班车司机";
    1103 "company_driver" "" "小车司机" "Company driver" "商务司机 专职司机 司机 驾驶员 c1司机";
    1104 "driving_instructor" "4-02-02-07" "机动车驾驶教练员" "Driving instructor" "驾校教练";
    1105 "deckhand" "6-30-04-01" "船舶甲板设备操作工" "Deckhand" "水手 船员";
    1106 "engine_room_hand" "6-30-04-02" "船舶机舱设备操作工" "Engine room hand" "机工 轮机员";
    1107 "metro_attendant" "4-02-01-07" "城市轨道交通服务员" "Metro attendant" "站务员 地铁站务员";
    1108 "ground_staff" "4-02-04-02" "航空运输地面服务员" "Airport ground staff" "机场地勤 地勤";
    1109 "parking_attendant" "4-06-01-03" "停车管理员" "Parking attendant" "停车场管理员 收费员";
    1110 "stand_in_driver" "4-10-08-02" "汽车代驾员" "Stand-in driver" "代驾";
    1201 "courier" "4-02-07-08" "快递员" "Courier" "快递小哥 收派员 揽投员";
    1202 "parcel_sorter" "4-02-07-09" "快件处理员" "Parcel sorter" "分拣员 分拣工 快递分拣";
    1203 "food_courier" "4-10-08-01" "网约配送员" "Food courier" "外卖员 外卖骑手 骑手 送餐员 配送员 外卖";
    1204 "postman" "4-02-07-04" "邮政投递员" "Postman" "投递员";
    1205 "delivery_station_keeper" "4-02-07-11" "快递站点管理师" "Delivery station keeper"
        "驿站管理员 快递站长 配送站长";
};
