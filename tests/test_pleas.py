"""What publishers ask of readers, and what only sounds like it: tables in the languages of the news."""

from __future__ import annotations

import re

import pytest

from crawler.extractor.plea_words import CALLS, CALLS_OF_HAN, LEAD, PHRASES
from crawler.extractor.pleas import CLAUSES, SENTENCES, is_plea

#: Written by us in the shape of the lines that real pages end with.
PLEAS = (
    # English
    "Sign up for our daily newsletter.",
    "Sign up here to get The Bugle’s weekly politics newsletter in your inbox every Monday.",
    "Subscribe to our YouTube channel for more videos.",
    "Want to stay updated? Subscribe to my spam-free email list.",
    "To get more stories like this one, sign up for our morning newsletter.",
    "Get the day’s top stories delivered straight to your inbox.",
    "Get Village Monthly delivered through your letterbox every month. 12 issues for £11.",
    "Get email updates from your favourite authors.",
    "Find out what's happening in Oldtown with free, real-time updates from the Bugle.",
    "Follow us on Twitter and Facebook.",
    "Follow the Bugle on Google News and add us as a preferred source.",
    "Join our WhatsApp channel for the latest news.",
    "Download our free app for Android.",
    "Please support our independent journalism.",
    "Support us on Patreon.",
    "We rely on readers like you to fund our work.",
    "Donate today to support our newsroom.",
    "Would you consider making a donation to support our journalism?",
    "Thank you for your past contribution to the Bugle.",
    "Our coverage could use your help. Would you consider becoming a monthly supporter?",
    "Let our headlines reach your inbox. The stories that count, delivered every evening.",
    "This article is free because our readers pay for it.",
    "Share this on WhatsApp",
    "Share this article with your friends.",
    "What do you think? Tell us in the comments.",
    "Let me know in the comments below!",
    "Share your thoughts and join the conversation in the comments.",
    "This is a breaking news story – more to follow.",
    "This is a developing story. Please check back for updates.",
    "Please refresh the page for the latest.",
    # German
    "Keine Neuigkeiten mehr verpassen: Abonnieren Sie kostenlos unseren Newsletter.",
    "Sie mögen den Tag kompakt zusammengefasst? Dann sind Sie beim täglichen Boten-Newsletter richtig – hier entlang.",
    "Jetzt den Abendnewsletter kostenlos abonnieren",
    "Folgen Sie uns auf Facebook und Instagram!",
    "Folgen Sie dem Boten auf Google News.",
    "Laden Sie unsere App herunter.",
    "Hat Ihnen dieser Artikel gefallen? Dann unterstützen Sie uns bitte mit einer Spende.",
    "Helfen Sie uns: Unterstützen Sie unabhängigen Journalismus.",
    "Werden Sie Mitglied der Dorfnachrichten.",
    "Was denken Sie darüber? Schreiben Sie uns Ihre Meinung in die Kommentare.",
    "Dieser Artikel wird laufend aktualisiert.",
    # French
    "Abonnez-vous à notre newsletter pour ne rien manquer.",
    "Suivez-nous sur Facebook et Instagram.",
    "Suivez le Courrier sur Google Actualités.",
    "Téléchargez notre application.",
    "Soutenez notre rédaction, faites un don.",
    "Cet article vous est offert par nos abonnés.",
    "Qu’en pensez-vous ? Dites-le nous en commentaire.",
    "Partagez cet article sur les réseaux.",
    # Spanish
    "Suscríbete a nuestro boletín y recibe las noticias cada mañana.",
    "Síguenos en Twitter y Facebook.",
    "Únete a nuestro canal de WhatsApp.",
    "Descarga nuestra app.",
    "Apoya nuestro periodismo independiente.",
    "¿Qué opinas? Déjanos tu opinión en los comentarios.",
    "Noticia en desarrollo.",
    # Portuguese
    "Inscreva-se na nossa newsletter.",
    "Siga-nos no Instagram e no Facebook.",
    "Participe do canal do Diário no WhatsApp.",
    "Apoie o nosso jornalismo.",
    "Deixe seu comentário: o que achou? Diga nos comentários.",
    "ATENÇÃO: Comentários ofensivos não serão aprovados pelo moderador.",
    # Italian
    "Iscriviti alla nostra newsletter.",
    "Seguici sulla pagina Facebook.",
    "Sostieni il nostro lavoro con una donazione.",
    "Lascia un commento.",
    "Articolo in aggiornamento.",
    # Dutch
    "Meld je aan voor onze nieuwsbrief.",
    "Volg ons op Instagram.",
    "Download onze app.",
    "Steun onze journalistiek.",
    "Laat het weten in de reacties.",
    # Polish
    "Zapisz się do newslettera.",
    "Obserwuj nas na Facebooku.",
    "Pobierz naszą aplikację.",
    "Wesprzyj nas i nasze dziennikarstwo.",
    "Podziel się opinią w komentarzach.",
    # Russian
    "Подписывайтесь на наш канал в Телеграме.",
    "Поддержите нашу редакцию.",
    "Пишите в комментариях.",
    "Новость дополняется.",
    # Turkish
    "Haftalık bültenimize abone olun.",
    "Bizi Twitter'dan takip edin.",
    "Düşüncelerinizi yorumlarda paylaşın.",
    # Indonesian, Malay
    "Dapatkan berita terbaru di saluran WhatsApp kami.",
    "Ikuti Google News kami.",
    "Unduh aplikasi kami.",
    "Tulis pendapatmu di kolom komentar.",
    # Vietnamese
    "Hãy theo dõi trang Facebook của chúng tôi.",
    "Hãy để lại bình luận bên dưới.",
    # Arabic, Persian
    "اشترك في نشرتنا البريدية",
    "تابعونا على تويتر",
    "در کانال تلگرام ما عضو شوید",
    # Japanese, Korean
    "メールマガジンの登録はこちら",
    "公式Xをフォローしてください",
    "뉴스레터 구독하기",
    "네이버에서 채널 추가",
    # Chinese
    "更多精彩内容，请关注我们的微信公众号。",
    "更多钓鱼经验的相关资讯，请关注www.village.example",
    "欢迎关注“乡村晚报”公众号",
    "請追蹤我們的粉絲專頁",
    "打开新闻客户端，查看更多",
    "請支持獨立媒體。",
    "欢迎在评论区留言讨论。",
    "喜欢这篇文章，就点个“在看”吧",
    "分享到微信朋友圈",
    # and one more for each row of the tables
    "Become a member today.",
    "Share on Facebook",
    "We’d love to hear your feedback.",
    "Comparte esta noticia.",
    "Baixe o nosso aplicativo.",
    "Compartilhe esta notícia.",
    "Scarica la nostra app.",
    "Condividi questo articolo.",
    "Deel dit artikel.",
    "Скачайте наше приложение.",
    "Поделитесь этой новостью.",
    "Bağımsız gazeteciliğe destek ol!",
    "Dukung jurnalisme independen.",
    "Tải ứng dụng của chúng tôi.",
    "この記事をシェアする",
    "皆さんのご意見をコメント欄に",
    "제보하기",
    "The Bugle relies on the support of its readers.",
    "We need your support.",
    "We do this work every day at no cost to you.",
    "That is why our journalism is free.",
    "Support local journalism.",
    "Thank you for being part of our story.",
    "Your donations keep our newsroom alive.",
    "This story will be updated.",
    "This is still developing.",
    "Dieser Artikel ist kostenlos, weil andere ihn bezahlt haben.",
    "Weitere Informationen folgen.",
    "Mehr in Kürze.",
    "Cet article vous a plu ?",
    "Plus d’informations à suivre.",
    "Article en cours de mise à jour.",
    "En breve, más información.",
    "Matéria em atualização.",
    "Mais informações em instantes.",
    "Meer volgt.",
    "Dit artikel wordt bijgewerkt.",
    "Artykuł aktualizowany.",
    "Więcej informacji wkrótce.",
    "Подробности позже.",
    "Ayrıntılar birazdan.",
    "Haber güncelleniyor.",
)
#: Sentences of articles.
NO_PLEAS = (
    "Thank you for your contribution, the letter read, and nothing else.",
    "She would consider becoming a member of the board, she said.",
    "Let our children reach the school by bus, the parents demand.",
    "The news that the bridge was closed was delivered by hand, every morning.",
    "更多消费者开始关注产品的内容和来源。",
    "更多新闻工作者关注这一问题。",
    # how-to articles, and articles about the things that publishers ask for
    "Sign up for a newsletter of your own trade and see how often it comes.",
    "Subscribe to newsletters of your competitors to learn what they do.",
    "Sign up for an email list at three of your rivals.",
    "Download the Zoom app and sign in with your account.",
    "Get the latest iOS updates on your iPhone by opening Settings.",
    "Get your inbox under control: begin with the oldest letters.",
    "Read your email aloud before you send it.",
    "Sign up with your email address and choose a password.",
    "Check out your mailbox for the blue envelope, the mayor said.",
    "Open the newsletter that you want to leave and click the link at its end.",
    "The newsletter reaches some 40,000 readers, who sign up on the paper’s website.",
    "Follow these steps to share a photo on Facebook.",
    "Follow the instructions on Facebook to get your account back.",
    "Share this information, please?",
    "Comments below the video were switched off on Tuesday.",
    "The comment section below the article filled within minutes, the editor said.",
    # donations in the news
    "Donate blood: the hospital needs all groups before the holidays.",
    "The charity asked people to donate to the victims of the flood.",
    "She donated her fee to a local shelter and called on others to follow.",
    "Support the team that took your money for thirty years? He would not.",
    "“Please donate to our campaign today,” the senator told the crowd.",
    "“We rely on donors like you,” she told them.",
    "“Follow us on Twitter,” read the banner that the fans had brought.",
    "The museum became a member of the European network in May.",
    "Become a member of parliament at 21? It has been done.",
    # poems, songs, interviews, recipes
    "Follow me down to the river, follow me down to the sea",
    "Join me, my love, in the garden tonight",
    "Share this bread with me, brother, and stay",
    "Find me a place by the window, where the channel meets the sky",
    "HM: All right. I subscribe to your newsletter, and I love it.",
    "LB: Yeah sure! Find me at my Facebook group, check me out there.",
    "Get your favourite pan, add butter, and let the onions brown.",
    "Share the dough into four and leave it to rest below a cloth.",
    "Like many, he found us by chance on the way home.",
    "Leave the key below the mat and tell nobody.",
    "More to come home to than he had thought, the house stood open.",
    # whole paragraphs that end in an appeal keep it
    "The council voted on Tuesday to rebuild the old bridge, after two years of debate and three drafts that nobody had "
    "liked. The first stone is to be laid in spring, the mayor said. Follow us on Twitter.",
    "Ann Lee has written about bridges for twenty years, in this paper and in others. She lives with two cats in "
    "Oldtown, where she was born. Follow her on Twitter.",
    # German
    "Spenden Sie nie an der Haustür, rät die Verbraucherzentrale.",
    "Die Zeitung hat ihren Newsletter eingestellt, weil ihn kaum jemand las.",
    "Bestellen Sie einen Newsletter nur mit einer zweiten Adresse, raten Fachleute.",
    "„Unterstützen Sie uns bitte mit einer Spende“, rief der Vorsitzende in den Saal.",
    "„Folgen Sie uns auf Facebook“, stand auf dem Plakat des Vereins.",
    "Folgen Sie dem Weg auf der linken Seite bis zum Wald.",
    "Teilen Sie den Teig in vier Stücke und lassen Sie ihn ruhen.",
    "Der Kommentar erschien am Dienstag in allen Blättern des Verlags.",
    "Helfen kann uns nur noch der Regen, sagt der Bauer.",
    "Mitglied der Partei war er seit 1998.",
    # French
    "Suivez le sentier sur la gauche jusqu’au village.",
    "Le journal a lancé une newsletter pour ses abonnés de province.",
    "« Soutenez notre journal », disait l’affiche de 1936.",
    "Partagez la pâte en quatre et laissez reposer une heure.",
    "Abonnez-vous à une newsletter par thème, conseille l’expert, pas à dix.",
    # Spanish
    "Siga por la calle mayor hasta la plaza del pueblo.",
    "El boletín oficial publicó ayer la norma.",
    "«Síguenos en Twitter», decía la pancarta.",
    "Comparte piso con dos amigos desde que llegó a Madrid.",
    # Portuguese, Italian, Dutch
    "Siga pela estrada velha até o rio.",
    "Receba o troco em moedas, aconselha o feirante.",
    "Segui il sentiero fino alla chiesa.",
    "Condividi la pasta in quattro parti.",
    "Volg het pad langs de rivier.",
    "Deel het deeg in vier stukken.",
    # Polish, Russian, Turkish
    "Zapisz się na wizytę u lekarza przez telefon.",
    "„Wesprzyjcie nas”, wołał z mównicy przewodniczący.",
    "Подпишите договор и верните его до пятницы.",
    "«Поддержите нашу команду», — сказал тренер.",
    "Takım taraftarların desteğiyle kazandı.",
    # Indonesian, Vietnamese, Arabic
    "Ikuti jalan di tepi sungai sampai ke desa.",
    "Theo dõi nhiệt độ trong hai giờ rồi tắt bếp.",
    "تابع الرئيس المباراة من المدرجات.",
    # Japanese, Korean, Chinese
    "彼は公式の場に姿を見せなかった。",
    "アプリを登録した人は百万人を超えた。",
    "구독자 수가 백만 명을 넘었다고 회사는 밝혔다.",
    "网友关注事件进展，记者获悉调查仍在进行。",
    "关注青少年健康，是全社会的责任。",
    "支持民营企业发展的政策于周二公布。",
    "下载“国家反诈中心”APP，可以识别诈骗电话。",
    "他说：“请关注我们的公众号。”",
    "委员在评论中表示，下方的桥梁需要加固。",
)


@pytest.mark.parametrize("line", PLEAS)
def test_an_appeal_is_told_in_any_language(line: str) -> None:
    assert is_plea(line)


@pytest.mark.parametrize("line", NO_PLEAS)
def test_a_sentence_of_an_article_is_none(line: str) -> None:
    assert not is_plea(line)


def test_every_row_has_its_appeal() -> None:
    clauses = [clause for line in PLEAS for part in SENTENCES.split(line.lower()) for clause in CLAUSES.split(part)]
    for call, thing in (*CALLS, *CALLS_OF_HAN):
        row = re.compile(rf"{LEAD}(?:{call}).*?(?:{thing})")
        assert any(map(row.match, clauses)), call
    for phrase in PHRASES:
        assert any(map(re.compile(phrase).search, clauses)), phrase


def test_a_long_paragraph_is_none() -> None:
    assert not is_plea("Sign up for our newsletter. " * 20)
