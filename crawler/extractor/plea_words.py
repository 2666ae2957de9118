"""Tables of what publishers ask of their readers, by language: calls with their objects, and phrases.

Rule: patterns over lower-case text and nothing else; how they are put together is in `pleas`. A row that is added has
a line among the tests' appeals, and its like among the sentences that are none.
"""

from __future__ import annotations

#: Where readers are to follow.
PLACES = (
    r"\b(?:twitter|facebook|instagram|linkedin|youtube|tik-?tok|threads|bluesky|mastodon|pinterest|flipboard|snapchat"
    r"|whats-?app|telegram|viber|discord|google (?:news|discover|actualités|noticias|notícias|haberler|новости)"
    r"|google-news|apple news|social media|твиттер\w*|фейсбук\w*|телеграм\w*|вконтакте|дзен\w*|одноклассник\w*"
    r"|x(?=$|[\s,.!)]))"
)
LETTERS = (
    r"(?:newsletters?|(?:mailing|e-?mail) list|(?:e-?mail|push|news|breaking news) (?:alerts?|updates?"
    r"|notifications?))"
)
#: Before an object: it is not the publisher's but any.
ANY = (
    r"(?<!\ba )(?<!\ban )(?<!\bto )(?<!\bfor )(?<!their )(?<!other )(?<!own )(?<!of )(?<!einen )(?<!eigenen )"
    r"(?<!une )(?<!un )(?<!una )(?<!um )"
)
#: Where the publisher's letters come to; an e-mail of one's own is another matter.
YOURS = (
    r"\b(?:to|in|into|by|dans|en|no|naar) (?:your|votre|tu|seu|je|uw) (?:own )?"
    r"(?:inbox|e-?mail|mailbox|boîte mail|bandeja|correo)"
)

#: Calls and, in the same sentence, their objects; lower case.
CALLS: tuple[tuple[str, str], ...] = (
    # English
    (
        r"sign up|subscribe|register|join",
        rf"{ANY}{LETTERS}|{YOURS}|\bour (?:\w+ ){{0,2}}(?:list|service|channel|feed|podcast)",
    ),
    (r"subscribe to", r"\b(?:us|our|my)\b|this (?:channel|podcast)"),
    (r"get|receive|have|read|try|check out", rf"our (?:[\w'’-]+ ){{0,4}}{LETTERS}|{YOURS}|e-?mail updates from"),
    (r"get|receive", r"(?:delivered|sent|straight|direct) .{0,12}your (?:letterbox|door|doorstep|phone|device|home)\b"),
    (
        r"find out what['’]s happening|stay|keep up|never miss|don['’]t miss",
        rf"(?:updates|alerts|news) from|{ANY}{LETTERS}|follow us",
    ),
    (
        r"follow|like|find|join|friend|visit|watch|add|connect with",
        rf"(?:\b(?:us|me|our)|@\w+)\b.{{0,60}}\b(?:on|at|via|as)\b.{{0,40}}(?:{PLACES}|preferred source|@\w+)",
    ),
    (
        r"follow (?!(?:th[eo]se|this|along|up|an?|your|their|the (?:instructions|steps|event|game"
        r"|match|debate|trial|story|action|links?)) )",
        rf"(?:[\w.,'’@&-]+ ){{1,5}}on (?:our )?{PLACES}|\bus (?:at|on) ",
    ),
    (r"(?:download|get|install|try)", r"our (?:[\w'’-]+ ){0,3}apps?\b"),
    (
        r"(?:help )?(?:support|fund|protect|sustain)",
        r"(?:our|independent|local|quality|public[- ](?:service|interest)"
        r"|nonprofit) (?:[\w-]+ ){0,2}(?:journalism|reporting|newsroom|coverage|work)\b",
    ),
    (r"support (?:us|[\w.]+)", r"so (?:that )?we can|so we|on patreon|with a (?:donation|contribution)"),
    (
        r"become",
        r"(?:subscriber|supporter|patron|member) (?:today|now|and (?:help|support|get))"
        r"|our (?:subscriber|supporter|patron|member)s?\b",
    ),
    (
        r"donate|contribute|give|make a (?:[\w-]+ )?(?:donation|contribution|gift)",
        r"\b(?:to us|our (?:[\w-]+ ){0,2}(?:work|journalism|newsroom|reporting|site|mission)|help us"
        r"|support us|keep us)\b",
    ),
    (
        r"would you (?:consider|please)|please consider",
        r"(?:contribut|donat|donation|support|subscrib|becoming a member)\w* .{0,80}(?:our|us"
        r"|this (?:site|work)|journalism)\b",
    ),
    (r"share this", r"(?:article|story|post|page)\b|\bon " + PLACES),
    (r"share (?:on|via)", PLACES),
    (
        r"tell us|let (?:us|me) know|share your|leave|have your say|join the|sound off|weigh in|drop|comment|post",
        r"\b(?:in|below|via|to|on|a|your) (?:[\w'’]+ ){0,3}comments?\b|comments? (?:section|below)",
    ),
    (r"comment below|we(?:['’]d| would)? (?:want|love|like) to hear", r""),
    # German
    (
        r"abonnier(?:en sie|e|t)|melde(?:n sie sich| dich|t euch)|bestell(?:en sie|e)"
        r"|trag(?:en sie sich|e? dich)|registrier(?:en sie sich|e dich)|hol(?:en sie sich|e? dir)"
        r"|erhalten sie|bekommen sie|lesen sie|sichern sie sich|verpassen sie|dann (?:sind|ist"
        r"|abonnier)\w*|mit (?:dem|unserem)|hier (?:geht es|geht['’]s|können sie|kannst du)",
        rf"{ANY}[\w-]*newsletter\w*|(?:whatsapp|telegram)-?kanal|push-?(?:nachricht|mitteilung|dienst)\w*",
    ),
    (
        r"(?:jetzt|hier|unseren?|den|die|kostenlos\w*|[\w-]*newsletter|[\w-]+-kanal)",
        r"[\w-]*newsletter.{0,30}(?:abonnieren|anmelden|bestellen)$",
    ),
    (
        r"folg(?:en sie|e|t)|besuch(?:en sie|e|t)|find(?:en sie|e|est du)|lik(?:en sie|e|t)",
        rf"(?:uns|mir|unsere\w*|@\w+)\b.{{0,60}}{PLACES}",
    ),
    (r"folg(?:en sie|e|t)", rf".{{1,60}}\b(?:auf|bei) {PLACES}"),
    (
        r"lad(?:en sie|e?)|hol(?:en sie|e?)|nutz(?:en sie|e)|install?ier(?:en sie|e)",
        r"unsere?r? (?:[\w-]+ ){0,3}(?:[\w-]+-)?apps?\b",
    ),
    (
        r"(?:dann )?(?:unterstütz(?:en sie|e|t)|helf(?:en sie|t)|hilf|spend(?:en sie|e|et))",
        r"\buns\b|unser(?:e[nrsm]?)? (?:[\w-]+ ){0,2}(?:arbeit|journalis|redaktion|projekt|magazin"
        r"|zeitung|berichterstattung)|(?:unabhängigen|freien|kritischen) journalismus",
    ),
    (
        r"(?:dann )?(?:schreib|hinterlass|hinterläss|diskutier|teil|sag|verra?t|was (?:denk|mein|halt)|lass)\w*",
        r"\b(?:in den|im|einen|einfach|ihren|deinen|als|per|über die|die) .{0,20}kommentar\w*",
    ),
    # French
    (
        r"abonnez-vous|inscrivez-vous|recevez|découvrez|rejoignez",
        rf"{ANY}(?:newsletters?|infolettre|lettres? d['’]information|chaîne (?:whatsapp|telegram"
        rf"|youtube))|{YOURS}|notre chaîne",
    ),
    (r"suivez|retrouvez|rejoignez|likez", rf"(?:-nous|nous|notre|nos|@\w+)\b.{{0,60}}{PLACES}"),
    (r"suivez", rf".{{1,60}}\bsur {PLACES}"),
    (r"téléchargez|installez", r"notre (?:\w+ ){0,2}appli\w*"),
    (
        r"(?:soutenez|aidez|faites un don|contribuez|devenez)",
        r"-nous\b|notre (?:\w+ ){0,2}(?:travail|journal\w*|rédaction|média|site|indépendance)"
        r"|nos (?:journalistes|enquêtes)|(?:presse|journalisme|média) (?:libre|indépendante?)",
    ),
    (r"partagez", r"cet article|sur (?:facebook|twitter|whatsapp)"),
    (
        r"dites-(?:nous|le nous)|donnez(?:-nous)? votre avis|laissez|réagissez|partagez"
        r"|qu['’]en pensez-vous|n['’]hésitez pas",
        r"(?:en|dans les|un|vos) commentaires?",
    ),
    # Spanish
    (
        r"suscríb(?:ete|ase|anse)|regístr(?:ate|ese)|apúntate|inscríbete|recibe|reciba|únete|únase",
        rf"{ANY}(?:newsletters?|bolet(?:ín|ines))|(?:nuestro|al) canal\b|{YOURS}|en tu correo"
        rf"|nuestro .{{0,20}}(?:whatsapp|telegram|youtube)",
    ),
    (
        r"s[íi]g(?:ue|a)(?:nos|me)?|síg(?:uenos|anos)|síguenos|visita(?:nos)?|únete|encuéntranos",
        rf"(?:nos\b|nuestr\w+|@\w+|.{{1,40}}\ben) .{{0,40}}{PLACES}",
    ),
    (r"descarg(?:a|ue|ate)|instala", r"nuestra (?:\w+ ){0,2}(?:app|aplicación)"),
    (
        r"apoy[ae](?:nos)?|ayúd[ae]nos|hazte|dona|colabora|contribuye",
        r"nuestr[oa]s? (?:\w+ ){0,2}(?:periodis|trabajo|labor|medio|redacción|proyecto)|con nosotros"
        r"|periodismo (?:independiente|libre)|socio de|suscriptor",
    ),
    (r"comparte (?:esta|este|en)", r"noticia|artículo|nota|publicación|facebook|twitter|whatsapp|redes"),
    (
        r"déj[ae](?:nos|me)?|d(?:i|í)(?:nos|ganos)|cuéntanos|comparte|comenta|opina|escríbenos"
        r"|qué (?:opinas|te parece|piensas)",
        r"(?:los|tus?|un|sus) comentarios?",
    ),
    # Portuguese
    (
        r"inscreva-se|assine|cadastre-se|receba|subscreva|participe|entre|siga",
        rf"{ANY}(?:newsletters?|boletins?|boletim)|(?:no(?:sso)?|o|do) (?:canal"
        rf"|grupo) .{{0,30}}(?:whatsapp|telegram|youtube)|nosso canal",
    ),
    (
        r"(?:nos )?siga(?:-nos)?|curta|acompanhe",
        rf"(?:nos\b|-nos|nossas?|nossos?|@\w+|.{{1,40}}\bno) .{{0,40}}{PLACES}",
    ),
    (r"baixe|instale|descarregue", r"nosso (?:\w+ ){0,2}(?:app|aplicativo)"),
    (
        r"apoie|doe|contribua|torne-se|seja|ajude",
        r"noss[oa]s? (?:\w+ ){0,2}(?:jornal|trabalho|reda|projeto)|jornalismo (?:independente|livre)|-nos\b",
    ),
    (r"compartilhe", r"(?:est[ea]|ess[ea]) (?:notícia|artigo|matéria|post|texto)|no (?:facebook|twitter|whatsapp)"),
    (r"deixe|comente|conte|diga|compartilhe|o que (?:você )?ach\w+", r"(?:nos|seu|um|sua opinião nos) comentários?"),
    (r"comentários", r"não serão (?:aprovad|publicad|aceit)\w+"),
    # Italian
    (r"iscriv(?:iti|etevi)|ricevi|registrati|abbonati|unisciti", rf"{ANY}newsletter|(?:nostro|al) canale\b"),
    (
        r"segui(?:ci|teci|mi)?|seguite(?:ci)?|metti",
        rf".{{0,50}}(?:su|il nostro|la nostra|pagina|canale) .{{0,30}}{PLACES}",
    ),
    (r"scarica(?:te)?", r"la nostra app"),
    (
        r"sostieni(?:ci)?|sostenete(?:ci)?|aiutaci|dona|diventa|fai una donazione",
        r"nostr[oae] (?:\w+ ){0,2}(?:giornal|lavoro|redazione|testata|progetto|attività)"
        r"|giornalismo (?:indipendente|libero)|nostro sostenitore",
    ),
    (r"condividi(?:te)?", r"quest[oa] (?:articolo|notizia|post)|su (?:facebook|twitter|whatsapp)"),
    (
        r"lascia(?:te|ci)?|scrivi(?:ci)?|dicci|facci sapere|raccontaci|commenta|cosa ne pensi",
        r"(?:nei|un|tuo|tuoi) commenti?o?\b",
    ),
    # Dutch
    (
        r"meld (?:je|u)|schrijf (?:je|u)|abonneer|ontvang|krijg",
        rf"{ANY}(?:[\w-]*nieuwsbrief|[\w-]*nieuwsbrieven|newsletter)|whatsapp-?kanaal|{YOURS}",
    ),
    (r"volg", rf"(?:ons|onze|@\w+|.{{1,40}}\bop)\b.{{0,40}}{PLACES}"),
    (r"download|installeer", r"onze (?:\w+ ){0,2}app\b"),
    (
        r"steun|doneer|help|word",
        r"\bons (?:\w+ ){0,2}(?:werk|journal\w*|project)|onze (?:\w+ ){0,2}(?:journalistiek|redactie)"
        r"|onafhankelijke journalistiek",
    ),
    (r"deel dit|deel op", r"artikel|bericht|facebook|twitter|whatsapp"),
    (r"laat|vertel|deel|reageer|wat vind", r"(?:in de|een|je|uw) (?:reacties?|comments|opmerkingen)"),
    # Polish
    (
        r"zapisz(?:cie)? się|zaprenumeruj|subskrybuj|otrzymuj|zapraszamy .{0,20}do subskrypcji|dołącz",
        r"newsletter\w*|nasz\w* kanał\w*|tygodnik\w*|powiadomie\w*",
    ),
    (
        r"obserwuj(?:cie)?|śledź(?:cie)?|polub(?:cie)?|dołącz(?:cie)?|odwiedź|znajdziesz|bądź",
        rf"(?:nas|nasz\w*|@\w+|.{{1,40}}\b(?:w|na)) .{{0,40}}{PLACES}",
    ),
    (r"pobierz(?:cie)?|ściągnij", r"nasz[ąa] (?:\w+ ){0,2}aplikacj\w*"),
    (
        r"wesprzyj(?:cie)?|wspieraj(?:cie)?|wpłać|zostań",
        r"\bnas\b|nasz\w* (?:\w+ ){0,2}(?:redakcj|prac|dziennikar|portal|działalno)\w*|naszym patronem"
        r"|niezależne dziennikarstwo",
    ),
    (
        r"napisz(?:cie)?|podziel(?:cie)? się|zostaw|daj(?:cie)? znać|co (?:sądzi|myśli)\w*",
        r"(?:w|swój|opinią w|swoją opinią w) komentarz\w*",
    ),
    # Russian
    (
        r"подпи(?:шитесь|сывайтесь|шись|сывайся)|следите|читайте|присоединяйтесь|вступайте|смотрите",
        rf"(?:на|в|за|к|нас|наш\w*) .{{0,50}}(?:рассылк\w+|канал\w*|{PLACES}|youtube|ютуб\w*)",
    ),
    (r"скач(?:айте|ивайте)|установите|загрузите", r"наше (?:\w+ ){0,2}приложение"),
    (
        r"поддержите|помогите|станьте",
        r"\bнас\b|наш\w* (?:\w+ ){0,2}(?:редакци|работ|издани|проект|журналист)\w*"
        r"|независим\w+ (?:журналист|издани|медиа)\w*",
    ),
    (r"поделитесь", r"(?:этой|статьей|статьёй|новостью|ссылкой) ?.{0,40}"),
    (r"пишите|делитесь|оставляйте|напишите|оставьте|расскажите|поделитесь", r"(?:в|свои|ваши|ваш|свой) комментари\w+"),
    # Turkish
    (
        r"(?:\S+ ){0,5}?(?:bültenimiz\w*|kanalımız\w*|sayfamız\w*|hesabımız\w*|uygulamamız\w*)",
        r"(?:abone ol|kaydol|takip ed|katıl|indir|üye ol)\w*",
    ),
    (r"(?:\S+ ){0,3}?bizi", rf"{PLACES}.{{0,30}}takip ed\w*|takip ed\w*"),
    (r"(?:\S+ ){0,4}?(?:bağımsız gazetecili\w+|bize)", r"destek (?:ol|ver)\w*"),
    (
        r"(?:\S+ ){0,4}?(?:düşüncelerin\w+|yorum\w*|görüşlerin\w+)",
        r"(?:paylaş|yaz|bırak|belirt)(?:ın|ınız|abilirsiniz|mayı unutmayın)",
    ),
    # Indonesian, Malay
    (
        r"dapatkan|daftar(?:kan)?|berlangganan|langgan|ikuti|simak|bergabung|gabung|sertai|pilih saluran|baca",
        r"(?:newsletter|buletin|(?:whatsapp|telegram) ?(?:channel|group|grup)|(?:channel|saluran|kanal"
        r"|grup) (?:\w+ ){0,2}(?:whatsapp|telegram|wa\b|youtube|kami)|google news|berita pilihan kami"
        r"|media sosial kami)",
    ),
    (r"unduh|muat turun|download|install", r"aplikasi (?:kami|\w+\.com)"),
    (r"dukung|donasi|sokong", r"jurnalisme (?:kami|independen)|kerja kami|kami (?:dengan|melalui)"),
    (r"tulis|tinggalkan|bagikan|sampaikan|bagaimana (?:menurut|pendapat)\w*", r"(?:di|kolom) komentar"),
    # Vietnamese
    (
        r"(?:hãy |mời (?:bạn|quý vị) )?(?:đăng ký|theo dõi|tham gia|nhận)",
        rf"(?:bản tin|kênh|trang|nhóm) .{{0,40}}(?:chúng tôi|{PLACES}|zalo)|chúng tôi trên",
    ),
    (r"(?:hãy )?tải", r"ứng dụng (?:của )?(?:chúng tôi|báo)"),
    (
        r"(?:hãy |mời (?:bạn|quý vị) )?(?:chia sẻ|để lại|gửi)",
        r"(?:bình luận|ý kiến) .{0,20}(?:bên dưới|phía dưới|của bạn)",
    ),
    # Arabic, Persian
    (
        r"(?:اشترك|اشتركوا|سجل|سجلوا|انضم|انضموا)",
        r"(?:نشرتنا|النشرة (?:البريدية|الإخبارية)|قناتنا|قناة .{0,30}(?:واتساب|تلغرام|تليغرام|يوتيوب))",
    ),
    (
        r"(?:تابعونا|تابعنا|تابعوا|تابع)",
        r"(?:على|عبر) .{0,30}(?:تويتر|فيسبوك|واتساب|تلغرام|تليغرام|يوتيوب|إنستغرام|انستغرام|غوغل نيوز|جوجل نيوز)",
    ),
    (r"(?:\S+ ){0,4}?(?:کانال|خبرنامه|صفحه)", r"(?:عضو شوید|دنبال کنید|بپیوندید|مشترک شوید)"),
)
#: The same where words are written without blanks.
CALLS_OF_HAN: tuple[tuple[str, str], ...] = (
    # Japanese
    (r"(?:\S{0,20}?(?:メルマガ|ニュースレター|メールマガジン))", r"(?:登録|購読|申し込み)(?:は|して|する|を|$)"),
    (
        r"\S{0,20}?公式(?:line|x|ツイッター|twitter|instagram|インスタグラム|facebook|フェイスブック"
        r"|youtube|チャンネル|アカウント)",
        r"(?:フォロー|友だち追加|友達追加|チャンネル登録|登録)(?:して|は|する|を|$)",
    ),
    (r"(?:この記事を|記事を)", r"(?:シェア|ツイート)する|シェアして"),
    (r"(?:皆さん|皆様|みなさん|あなた)", r"コメント(?:欄|を?お寄せ|で教えて)"),
    # Korean
    (
        r".{0,20}?(?:뉴스레터|네이버|카카오톡|카톡|유튜브|텔레그램|페이스북|채널)",
        r"(?:구독(?:하기|하세요|해 ?주세요|과 좋아요)|채널 ?추가|친구 ?추가|팔로우(?:하기|하세요))",
    ),
    (r".{0,4}?(?:기사 ?)?제보", r"(?:하기|를 (?:기다|받)|는 .{0,20}(?:카카오톡|카톡|전화|이메일|메일))"),
    # Chinese, simplified and traditional
    (
        r"(?:更多.{0,16}[，,] ?)?(?:欢迎|敬请|请|歡迎|敬請|請|快来|快來)?(?:长按|扫码|扫描|掃描|点击"
        r"|點擊|微信)?.{0,6}?(?:关注|關注|订阅|訂閱|追蹤|追踪|添加)",
        r"(?:我们|我們|公众号|公眾號|公众帐号|微信号|官方微信|官方微博|粉絲專頁|粉絲團|粉丝页|電子報"
        r"|电子报|telegram (?:频道|頻道)|youtube ?(?:频道|頻道))",
    ),
    (
        r"(?:欢迎|请|歡迎|請)?(?:下载|下載|打开|打開|安装|安裝)",
        r"(?:(?:我们|我們|本报|本報|新闻|新聞)的?.{0,4}(?:客户端|客戶端|app)|客户端.{0,6}(?:查看|阅读"
        r"|更多)|app ?(?:查看|阅读|看更多))",
    ),
    (
        r"(?:欢迎|请|歡迎|請|敬请|敬請)?(?:支持|赞助|贊助|捐款支持|捐助|訂閱支持)",
        r"(?:我们|我們|本站|本报|本報|本刊|(?:獨立|独立)(?:媒體|媒体|新聞|新闻|報導))",
    ),
    (
        r"(?:欢迎|歡迎|你|您|大家|請|请).{0,24}?",
        r"(?:评论区|評論區|留言区|留言區|下方|文末)(?:里|裡|中)?(?:留言|讨论|討論|告诉|告訴|分享|评论|評論|聊聊)",
    ),
    (r"(?:觉得|喜欢|喜歡|如果).{0,20}?", r"(?:点赞|點讚|点个|“在看”|点在看|转发|轉發)"),
    (r"分享(?:到|至)", r"(?:微信|朋友圈|微博|qq|facebook|line)"),
)
#: Phrases that say it all, wherever a sentence has them.
PHRASES = (
    r"\b(?:rely|relies|depend|depends) on (?:readers|supporters|donations|donors|people) (?:like you|from)",
    r"\b(?:rely|relies) on (?:the )?(?:support|generosity|donations) of (?:our |its )?(?:readers|listeners|members)",
    r"\bwe need your (?:financial )?support|\bcan['’]t do (?:it|this) without your (?:help|support)",
    r"^we do this .{0,40}at no cost to you",
    r"^.{0,40}\bour journalism is free",
    r"^this (?:article|story) is free because",
    r"^(?:please )?support local journalism",
    r"^thank you for being part of our story",
    r"^thank you for your (?:past |continued |generous )?(?:contribution|donation|support) to",
    r"(?:would you|please|hope you['’]ll) consider becoming an? .{0,40}(?:contributor|supporter|member|subscriber)",
    r"^let (?:our|the) \w+ (?:meet|hit|reach|come to) your inbox",
    r"^the (?:news|stories|headlines)\b.{0,40}\bdelivered (?:weekday|every|each|daily)",
    r"^更多.{0,24}(?:资讯|資訊|新闻|新聞|内容|內容|信息|文章|动态|動態)[，,]? ?"
    r"(?:请|請|敬请|敬請|欢迎|歡迎)(?:继续|持续)?(?:关注|關注|访问|訪問|登录|登錄|浏览|瀏覽)",
    r"^your (?:donations?|contributions?|gifts?|subscriptions?) .{0,40}(?:our (?:work|journalism|newsroom)|free press)",
    r"^this is a (?:breaking|developing)(?: news?)? story",
    r"^more to (?:follow|come)(?: soon)?\W*$",
    r"^(?:please )?(?:refresh (?:this|the) page|check back (?:for|soon|later))",
    r"^this (?:story|article|page) (?:is being|will be) updated",
    r"^(?:this|story) is (?:still )?developing",
    r"^hat (?:ihnen|dir|euch) (?:dieser|der|unser) (?:artikel|beitrag|text) gefallen\?",
    r"^dieser (?:artikel|text|beitrag) (?:ist|bleibt) (?:kostenlos|frei(?: zugänglich)?)\b",
    r"^(?:dieser|der) (?:artikel|text|beitrag) wird (?:laufend|fortlaufend|ständig|regelmäßig) aktualisiert",
    r"^(?:weitere|mehr) (?:informationen|infos|details) (?:folgen|in kürze)",
    r"^mehr in kürze",
    r"^(?:oder )?werde(?:n sie)? mitglied (?:der|des|bei|im|und|unser)",
    r"^cet article (?:vous )?est (?:gratuit|offert)",
    r"^cet article vous a plu",
    r"^plus d['’]informations à (?:venir|suivre)",
    r"^(?:cet )?article (?:est )?en cours (?:d['’]actualisation|de mise à jour)",
    r"^noticia en (?:desarrollo|elaboración|construcción)",
    r"^en breve,? (?:más|ampliaremos)",
    r"^(?:reportagem|matéria|notícia) em atualização",
    r"^mais informações em instantes",
    r"^(?:notizia|articolo) in aggiornamento",
    r"^meer volgt",
    r"^dit (?:bericht|artikel) wordt (?:aangevuld|bijgewerkt)",
    r"^(?:artykuł|tekst|wiadomość) (?:jest )?aktualizowan",
    r"^więcej informacji wkrótce",
    r"^новость (?:дополняется|обновляется)",
    r"^подробности (?:позже|следуют)",
    r"^(?:ayrıntılar|detaylar) (?:birazdan|geliyor)",
    r"^haber güncelleniyor",
)
#: Words before a call, and clauses that say what for.
LEAD = (
    r"(?:(?:to|for|if|want|um|wenn|falls|für|pour|si|para|per|se|als|om|voor|jeśli|aby|dla|чтобы|если"
    r"|agar|untuk|jika)\b[^,.!?]{0,90}, )?"
    r"(?:[-–—>»▶►☞•*#\[(]+ ?)?(?:(?:please|now|then|also|and|so|or|just|you can(?: also)?|be sure to|make sure to"
    r"|don['’]t forget to|remember to|click here to|feel free to|bitte|jetzt|dann|und|oder|auch|gerne"
    r"|veuillez|et|pensez à"
    r"|por favor|y|no olvides|per favore|ook|nu|proszę|пожалуйста|и|lütfen|silakan|yuk|ayo|hãy|vui lòng),? ){0,2}"
)
