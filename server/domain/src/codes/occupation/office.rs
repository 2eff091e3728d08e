//! Occupations at desks, in schools and clinics, on land and at sea: groups 20 to 24.

use super::{Row, rows};

pub(super) const ROWS: &[Row] = rows! {
    2001 "office_clerk" "" "行政专员" "Office clerk" "行政文员 文员 内勤 行政助理 行政人员 综合办公室 行政";
    2002 "secretary" "3-01-02-02" "秘书" "Secretary" "总经理助理 经理助理 文秘";
    2003 "personnel_specialist" "4-07-03-04" "人事专员" "Personnel specialist"
        "企业人力资源管理师 招聘专员 人力资源 hr 人事";
    2004 "receptionist" "" "前台接待" "Receptionist" "前台文员 接待员 前台";
    2005 "archivist" "" "档案管理员" "Archivist" "档案员";
    2006 "translator" "" "翻译" "Translator" "日语翻译 英语翻译 韩语翻译";
    2007 "community_worker" "3-01-04-01" "社区工作者" "Community worker" "村务和社区工作者 网格员";
    2008 "legal_clerk" "" "法务专员" "Legal clerk" "法务 律师助理 法律顾问";
    2009 "project_manager" "2-02-30-04" "项目经理" "Project manager" "项目管理工程技术人员 项目主管 项目助理";
    2010 "trainee" "" "储备干部" "Management trainee" "管培生 储备经理 管理培训生";
    2011 "logistics_supporter" "3-01-02-08" "后勤管理员" "Office services clerk" "后勤人员 后勤";
    2101 "accountant" "2-06-03-00" "会计" "Accountant" "会计专业人员 财务会计 成本会计 财务主管 财务";
    2102 "bookkeeper" "" "出纳" "Bookkeeper" "出纳员";
    2103 "auditor" "2-06-04-00" "审计员" "Auditor" "审计专业人员 审计助理 审计";
    2104 "bank_teller" "4-05-01-01" "银行综合柜员" "Bank teller" "银行柜员";
    2105 "credit_officer" "4-05-01-02" "银行信贷员" "Credit officer" "信贷员 信贷专员";
    2106 "statistician" "2-06-02-00" "统计员" "Statistician" "统计专业人员 统计";
    2107 "tax_specialist" "2-06-05-00" "税务专员" "Tax specialist" "涉税服务专业人员 税务会计";
    2108 "bank_clerk" "4-05-01-03" "银行客户业务员" "Bank customer clerk" "银行大堂 理财经理";
    2201 "programmer" "4-04-05-01" "计算机程序设计员" "Programmer"
        "程序员 java开发 前端开发 后端开发 软件开发 python开发";
    2202 "software_tester" "4-04-05-02" "计算机软件测试员" "Software tester" "软件测试 测试工程师";
    2203 "software_engineer" "2-02-10-03" "软件工程师" "Software engineer" "计算机软件工程技术人员 系统工程师 bse";
    2204 "network_administrator" "4-04-04-01" "信息通信网络运行管理员" "Network administrator"
        "网络管理员 运维工程师 网管 it支持";
    2205 "data_analyst" "2-02-30-09" "数据分析师" "Data analyst" "数据分析处理工程技术人员 数据分析";
    2206 "ai_trainer" "4-04-05-05" "人工智能训练师" "AI trainer" "数据标注员 数据标注";
    2207 "graphic_designer" "2-09-06-01" "平面设计师" "Graphic designer" "视觉传达设计人员 平面设计 美工 ui设计";
    2208 "interior_designer" "4-08-08-07" "室内装饰设计师" "Interior designer" "室内设计 家装设计 装修设计";
    2209 "draughtsman" "3-01-02-07" "制图员" "Draughtsman" "cad绘图员 绘图员 cad制图";
    2210 "new_media_editor" "4-13-01-05" "全媒体运营师" "New media editor" "新媒体运营 短视频运营 新媒体 文案策划";
    2211 "hardware_engineer" "2-02-10-02" "硬件工程师" "Hardware engineer" "计算机硬件工程技术人员 嵌入式工程师";
    2212 "video_editor" "2-09-03-06" "剪辑师" "Video editor" "视频剪辑 后期剪辑";
    2301 "kindergarten_teacher" "2-08-03-00" "幼儿园教师" "Kindergarten teacher" "幼师 幼儿教师 幼教";
    2302 "tutor" "" "培训教师" "Tutor" "课程顾问 培训老师 辅导老师 教师 讲师 老师";
    2303 "nurse" "" "护士" "Nurse" "护士长 门诊护士 病房护士";
    2304 "doctor" "" "医生" "Doctor" "医师 全科医生 口腔医生";
    2305 "pharmacist" "2-05-06-01" "药师" "Pharmacist" "执业药师 药剂师";
    2306 "fitness_coach" "4-14-05-01" "社会体育指导员" "Fitness coach" "健身教练 游泳教练 体育教练";
    2307 "optometrist" "4-14-03-03" "眼镜验光师" "Optometrist" "验光师";
    2308 "health_manager" "4-14-02-02" "健康管理师" "Health manager" "健康顾问";
    2309 "laboratory_technician" "2-05-07-04" "临床检验技师" "Laboratory technician" "检验师 检验技师";
    2310 "rehabilitation_technician" "2-05-07-13" "康复技师" "Rehabilitation technician" "康复治疗师 康复师";
    2311 "social_worker" "2-07-11-01" "社会工作者" "Social worker" "社工";
    2401 "crop_farmer" "5-01-02-01" "农艺工" "Crop farmer" "种植工 农工";
    2402 "horticulturist" "5-01-02-02" "园艺工" "Horticulturist" "果树工 大棚工 采摘工 果农";
    2403 "livestock_keeper" "5-03-02-01" "家畜饲养员" "Livestock keeper" "饲养员 养猪场 养殖场饲养员";
    2404 "poultry_keeper" "5-03-02-02" "家禽饲养员" "Poultry keeper" "养鸡场 鸡场饲养员";
    2405 "aquaculture_worker" "5-04-02-01" "水生动物饲养工" "Aquaculture worker"
        "水产养殖工 海参养殖 扇贝养殖 水产养殖 养殖工";
    2406 "aquaculture_diver" "5-04-02-03" "水产养殖潜水工" "Aquaculture diver" "潜水员 海碰子";
    2407 "fisher" "5-04-03-01" "水产捕捞工" "Fisher" "捕捞工 渔工 渔船船员";
    2408 "farm_machine_operator" "5-05-05-01" "农机驾驶操作员" "Farm machine operator" "农机手 拖拉机手";
    2409 "raw_fish_handler" "5-05-06-07" "水产品原料处理工" "Raw fish handler" "海带加工 扇贝加工";
    2410 "vet" "2-03-06-01" "兽医" "Vet" "兽医师 动物防疫员";
};
