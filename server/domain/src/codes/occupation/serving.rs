//! Occupations that serve guests, customers and households: groups 13 to 19.

use super::{Row, rows};

pub(super) const ROWS: &[Row] = rows! {
    1301 "chinese_cook" "4-03-02-01" "中式烹调师" "Chinese cook" "厨师 炒锅 炒菜师傅 灶台师傅 厨师长";
    1302 "dim_sum_cook" "4-03-02-02" "中式面点师" "Dim sum cook" "面点师 面点工 面点";
    1303 "western_cook" "4-03-02-03" "西式烹调师" "Western cook" "西餐厨师 日料厨师";
    1304 "waiter" "4-03-02-05" "餐厅服务员" "Waiter" "服务员 传菜员 迎宾员 传菜";
    1305 "kitchen_hand" "" "后厨帮工" "Kitchen hand" "洗碗工 切配工 切配 打荷 帮厨 墩工 勤杂工 洗碗";
    1306 "barista" "4-03-02-08" "咖啡师" "Barista" "咖啡店员";
    1307 "drinks_mixer" "4-03-02-10" "调饮师" "Drinks mixer" "奶茶店员 饮品师 奶茶师";
    1308 "restaurant_manager" "" "餐饮店长" "Restaurant manager" "餐厅经理 前厅经理 餐厅主管 餐饮经理";
    1309 "canteen_worker" "" "食堂工作人员" "Canteen worker" "食堂员工 食堂阿姨 食堂帮工 食堂";
    1310 "pastry_cook" "4-03-02-04" "西式面点师" "Pastry cook" "裱花师 西点师 蛋糕师";
    1401 "front_desk_clerk" "4-03-01-01" "前厅服务员" "Hotel front desk clerk" "酒店前台 礼宾员 行李员";
    1402 "room_attendant" "4-03-01-02" "客房服务员" "Room attendant" "客房保洁 客房";
    1403 "hotel_manager" "" "酒店管理人员" "Hotel manager" "大堂经理 客房主管 酒店经理";
    1404 "tour_guide" "4-07-04-01" "导游" "Tour guide" "导游员";
    1405 "scenic_attendant" "4-07-04-05" "公共游览场所服务员" "Scenic site attendant" "景区服务员 检票员 售票员";
    1406 "travel_planner" "4-07-04-03" "旅行社计调" "Travel planner" "计调 旅游顾问";
    1407 "bath_attendant" "4-10-03-04" "浴池服务员" "Bath attendant" "洗浴服务员 搓澡工";
    1408 "lifeguard" "4-14-05-03" "游泳救生员" "Lifeguard" "救生员";
    1409 "guesthouse_keeper" "4-14-06-02" "民宿管家" "Guesthouse keeper" "民宿";
    1501 "shop_assistant" "4-01-02-03" "商品营业员" "Shop assistant" "营业员 导购员 导购 店员 促销员 柜员";
    1502 "cashier" "4-01-02-04" "收银员" "Till cashier" "收银 收款员";
    1503 "shelf_stocker" "" "超市理货员" "Shelf stocker" "商超理货 上货员 补货员";
    1504 "shop_manager" "" "门店店长" "Shop manager" "店长 门店经理 值班经理 店助";
    1505 "loss_preventer" "4-07-06-02" "商品防损员" "Loss preventer" "防损员";
    1506 "drugstore_assistant" "4-01-05-02" "医药商品购销员" "Drugstore assistant" "药店营业员 药店店员";
    1507 "fresh_counter_assistant" "" "生鲜员工" "Fresh food assistant" "生鲜营业员 生鲜 果蔬员工";
    1601 "salesperson" "4-01-02-01" "营销员" "Salesperson" "销售员 业务员 销售代表 销售专员 销售经理 销售 客户经理";
    1602 "property_agent" "4-06-02-01" "房地产经纪人" "Property agent" "置业顾问 房产经纪 房产中介";
    1603 "insurance_agent" "4-05-03-01" "保险代理人" "Insurance agent" "保险顾问 保险销售 保险业务员";
    1604 "online_shop_keeper" "4-01-06-01" "电子商务师" "Online shop keeper" "电商运营 电商专员 淘宝运营 网店运营";
    1605 "live_streamer" "4-01-06-02" "互联网营销师" "Live streamer" "主播 带货主播 直播运营 直播";
    1606 "marketing_specialist" "2-06-07-02" "市场专员" "Marketing specialist"
        "市场营销专业人员 市场推广 市场策划 市场部";
    1607 "foreign_trade_clerk" "" "外贸业务员" "Foreign trade clerk" "外贸专员 外贸跟单 国际贸易";
    1608 "telephone_seller" "" "电话销售" "Telephone seller" "电销 电话营销 网络销售";
    1609 "car_seller" "" "汽车销售顾问" "Car seller" "汽车销售 二手车销售";
    1701 "call_centre_agent" "4-04-05-03" "呼叫中心服务员" "Call centre agent"
        "客服专员 客服代表 客服人员 话务员 在线客服 电话客服 客服";
    1702 "customer_relations_clerk" "4-07-02-03" "客户服务管理员" "Customer relations clerk" "客户服务 客服主管";
    1703 "japanese_service_clerk" "" "日语客服" "Japanese-speaking clerk" "日语专员 日语业务 bpo";
    1704 "data_entry_clerk" "" "数据录入员" "Data entry clerk" "录入员 打字员 数据处理员";
    1705 "after_sales_clerk" "" "售后专员" "After-sales clerk" "售后服务 售后";
    1706 "telecom_shop_clerk" "4-04-01-01" "信息通信营业员" "Telecom shop clerk" "营业厅营业员";
    1801 "housekeeper" "4-10-01-06" "家政服务员" "Housekeeper" "保姆 钟点工 家政 住家阿姨";
    1802 "elder_carer" "4-10-01-05" "养老护理员" "Carer for the elderly" "护老员 养老院护理 养老护理 护理员";
    1803 "nursery_carer" "4-10-01-03" "保育师" "Nursery carer" "保育员 生活老师";
    1804 "maternity_carer" "" "母婴护理员" "Maternity carer" "月嫂 育儿嫂 育婴师 育婴员";
    1805 "early_childhood_guide" "4-10-01-01" "婴幼儿发展引导员" "Early childhood guide" "早教老师 托育师";
    1806 "patient_carer" "4-14-01-02" "医疗护理员" "Patient carer" "护工 陪护员 医院陪护";
    1807 "hairdresser" "4-10-03-02" "美发师" "Hairdresser" "发型师 理发师 美发助理";
    1808 "beautician" "4-10-03-01" "美容师" "Beautician" "美容顾问 皮肤管理师";
    1809 "nail_artist" "4-10-03-03" "美甲师" "Nail artist" "美甲 美睫师";
    1810 "masseur" "4-10-04-02" "保健按摩师" "Masseur" "按摩师 足疗师 足疗技师";
    1811 "launderer" "4-10-02-02" "洗衣师" "Launderer" "洗衣工 布草洗涤 洗涤工";
    1812 "pet_groomer" "4-10-07-03" "宠物美容师" "Pet groomer" "宠物美容";
    1901 "security_guard" "4-07-05-01" "保安员" "Security guard" "保安 门卫 秩序维护员 护卫员 夜班值守";
    1902 "cleaner" "4-09-08-01" "保洁员" "Cleaner" "保洁 清洁工 保洁工 清扫员";
    1903 "property_manager" "4-06-01-01" "物业管理师" "Property manager" "物业管家 物业经理 物业客服 物业主管";
    1904 "gardener" "4-09-10-01" "园林绿化工" "Gardener" "绿化工 园林工 绿化养护";
    1905 "security_screener" "4-07-05-02" "安检员" "Security screener" "安检";
    1906 "fire_control_operator" "4-07-05-03" "消防设施操作员" "Fire control operator"
        "消防中控员 中控员 监控员 消控员";
    1907 "building_engineer" "4-06-01-04" "智能楼宇管理员" "Building engineer" "楼宇维修 物业工程 物业维修工";
    1908 "refuse_collector" "4-09-08-02" "生活垃圾清运工" "Refuse collector" "环卫工 垃圾清运 环卫";
    1909 "pest_controller" "4-09-09-00" "有害生物防制员" "Pest controller" "消杀员";
};
