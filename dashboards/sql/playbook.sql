-- Names and definitions of segments and stages, English and Chinese.
select segment_family, segment, label_en, label_zh, definition_en, definition_zh
from segment_playbook
order by priority
