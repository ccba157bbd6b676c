"""Given names that are one name in several spellings: «Зміцер», «Дмитрий» and "Dmitry".

Each line is one name; a spelling that only an oblique case has («Змітр», «Паўл») stands there too. What is not listed
is still known by its sounds: the list is for what sounds cannot tell, and for who is certainly somebody else.
"""

from __future__ import annotations

from functools import lru_cache

from bot.text.spelling import Name

_LINES = """
Аляксандр Александр Аляксандар Алесь Саша Aliaksandr Aleksandr Alexander Alexandr Ales Alaksandar Олександр Aleksander
Аляксандра Александра Aliaksandra Aleksandra Alexandra Олександра
Аляксей Алексей Алёша Aliaksei Alexei Alexey Aleksei Aleksey Alaksiej Олексій Aleksy
Алена Елена Олена Alena Elena Yelena Helen Helena
Алег Олег Aleh Oleg
Алеся Олеся Alesia Olesya
Анатоль Анатолий Anatol Anatoly Anatoli Анатолій
Андрэй Андрей Андрусь Andrei Andrey Andrej Andrew Андрій Andrzej
Антон Антось Anton Antoni
Антаніна Антонина Antanina Antonina
Арцём Артём Артем Арцемій Artsiom Artyom Artem
Барыс Борис Barys Boris
Багдан Богдан Bahdan Bogdan
Валянцін Валентин Valiantsin Valentin
Валянціна Валентина Valiantsina Valentina
Валерый Валерий Valery Valeriy Valeryi
Васіль Василий Васіл Vasil Vasily Vasili
Вераніка Вероника Veranika Veronika
Вікенцій Викентий Vikentsi
Віктар Виктор Viktar Viktor Victor
Вікторыя Виктория Viktoryia Viktoria Victoria
Віталь Виталий Віталій Vital Vitaly Vitali
Вольга Ольга Volha Olga
Вячаслаў Вячеслав Viachaslau Vyacheslav В'ячеслав Wiaczesław
Вадзім Вадим Vadzim Vadim
Валадар Володар Valadar
Ганна Анна Ганя Аня Hanna Anna Anne
Генадзь Геннадий Henadz Gennady Gennadi
Георгій Георгий Юрась Heorhi Georgy George
Рыгор Григорий Ryhor Grigory Grigori Григорій Grzegorz
Дар'я Дарья Darya Daria
Дзяніс Денис Dzianis Denis
Зміцер Дзмітрый Дмитрий Дзіма Дима Змітр Zmitser Zmicier Dzmitry Dmitry Dmitri Dmitriy Dzmitryi Dima Дмитро Dymitr
Эдуард Edward Eduard
Яўген Евгений Яўгеній Женя Жэня Yauhen Yauheni Evgeny Yevgeny Evgeni Eugene Jauhien Євген Eugeniusz
Яўгенія Евгения Yauheniya Evgenia Yevgenia
Кацярына Екатерина Каця Катя Katsiaryna Ekaterina Yekaterina Catherine Katya Kaciaryna Катерина Katarzyna
Лізавета Елизавета Lizaveta Elizaveta Elizabeth Єлизавета Elżbieta
Ягор Егор Yahor Egor Yegor Єгор
Іван Янка Ivan
Ігар Игорь Ihar Igor Ігор
Ілья Илья Illia Ilya
Ірына Ирина Iryna Irina
Кастусь Канстанцін Константин Kanstantsin Konstantin Kastus Костянтин
Кірыл Кирилл Kiryl Kirill Кирило
Ксенія Ксения Ksenia Kseniya
Лявон Леонид Леанід Leanid Leonid Liavon Леонід
Леў Лев Льв Leu Lev Leo
Людміла Людмила Liudmila Lyudmila Ludmila
Максім Максим Maksim Maxim Maksym
Марына Марина Maryna Marina
Марыя Мария Маша Maryia Maria Mariya Mary
Мікалай Николай Мікола Мікалаем Mikalai Nikolai Nikolay Mikola Nicholas Микола Mikołaj
Міхаіл Михаил Міхась Mikhail Michael Mikhal Михайло Michał
Надзея Надежда Nadzeya Nadezhda Надія
Наталля Наталья Наталія Наташа Natallia Natalia Natalya Natalie
Ніна Нина Nina
Мікіта Никита Mikita Nikita Микита
Павел Павал Паўл Павл Pavel Paval Paul Павло Paweł
Палина Паліна Полина Palina Polina
Пётр Пятро Петр Пятр Piotr Pyotr Petr Peter Петро
Раман Роман Raman Roman
Руслан Ruslan
Святлана Светлана Света Sviatlana Svetlana Світлана Swietłana
Станіслаў Станислав Stanislau Stanislav
Сцяпан Степан Stsiapan Stepan
Сяргей Сергей Сярожа Серёжа Siarhei Sergei Sergey Siarhey Siarhiej Сергій Siergiej
Таццяна Татьяна Tatsiana Tatiana Tatyana Тетяна
Тимофей Цімафей Цімох Timofey Tsimafei Tsimokh Тимофій
Тамара Tamara
Уладзімір Владимир Валодзя Володя Uladzimir Vladimir Volodymyr Володимир Włodzimierz
Уладзіслаў Владислав Uladzislau Vladislav Władysław
Фёдар Фёдор Fiodar Fyodor Fedor Федір
Юлія Юлия Yulia Yuliya Julia
Юрый Юрий Юра Yury Yuri Iury Jury Юрій Jerzy
Якаў Яков Yakau Yakov Jakub Якуб Яків
Ян Jan
Яна Yana
"""
_GROUPS = tuple(tuple(line.split()) for line in _LINES.split("\n") if line)
_NAMES = tuple(tuple(map(Name, group)) for group in _GROUPS)


@lru_cache(maxsize=16384)
def same(word: str) -> frozenset[int]:
    """The listed names that a bare word may be, by their number."""
    return frozenset(number for number, group in enumerate(_NAMES) if any(name.says(word) for name in group))


def spellings(word: str) -> tuple[str, ...]:
    """Every listed spelling of the name that a bare word may be, the word itself first."""
    return (word, *(one for number in sorted(same(word)) for one in _GROUPS[number]))


def begun(letters: str) -> tuple[str, ...]:
    """Every bare spelling of each listed name that one spelling begins with these letters."""
    names = (group for group in _NAMES if any(name.word.startswith(letters) for name in group))
    return tuple(name.word for group in names for name in group)
